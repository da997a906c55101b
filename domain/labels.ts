/** Words of the caller's own on a lease, such as `tenant=acme`: to list by, to limit by, to bill by. */
export type Labels = Record<string, string>;

const MOST_LABELS = 20;
const LONGEST_VALUE = 128;
/** Below the 2,048 bytes that Temporal keeps of one search attribute. */
const MOST_BYTES = 2_000;
const KEY = /^[a-z][a-z0-9._-]{0,62}$/;
/** Temporal's SQL stores search for values as quoted phrases, and know no escapes in them. */
const NOT_IN_VALUE = /["\\\p{Cc}]/u;

/** What is wrong with labels, and with which key, as the rest of a sentence; undefined where nothing is. */
export function labelsProblem(labels: unknown): { key?: string; must: string } | undefined {
  if (typeof labels !== 'object' || labels === null || Array.isArray(labels)) {
    return { must: 'must be an object of texts, such as {"tenant": "acme"}' };
  }
  const entries = Object.entries(labels);
  if (entries.length > MOST_LABELS) return { must: `must be at most ${MOST_LABELS} labels` };
  for (const [key, value] of entries) {
    if (!KEY.test(key)) {
      return {
        key,
        must: 'must have a key of 1 to 63 of a-z, 0-9, ".", "_" and "-" that begins with a letter',
      };
    }
    if (!isValue(value)) {
      return {
        key,
        must: `must be a text of 1 to ${LONGEST_VALUE} characters without control characters, " and \\`,
      };
    }
  }
  const size = new TextEncoder().encode(JSON.stringify(labelEntries(labels as Labels))).length;
  return size > MOST_BYTES ? { must: `must take at most ${MOST_BYTES} bytes together` } : undefined;
}

function isValue(value: unknown): boolean {
  if (typeof value !== 'string' || value.trim() === '') return false;
  return value.length <= LONGEST_VALUE && !NOT_IN_VALUE.test(value);
}

/** `key=value` of each label, in order: as they stand in the search attribute. */
export function labelEntries(labels: Labels): string[] {
  return Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .sort();
}

/** The way back. A key has no `=`, a value may. */
export function labelsFrom(entries: readonly string[]): Labels {
  return Object.fromEntries(
    entries.map((entry) => {
      const at = entry.indexOf('=');
      return [entry.slice(0, at), entry.slice(at + 1)];
    }),
  );
}
