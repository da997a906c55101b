/**
 * Temporal takes at most 2 MB as the input of a run, and ends a run for good that asks for a larger one. A lease that
 * goes on in a new run carries its texts and what became of them in one input: the limits below add up to less.
 */

/** Texts that a request brings along, as JSON. */
export const REQUEST_TEXTS_BYTES = 700_000;
/** Texts that wait in a lease, with their records, as JSON. */
export const QUEUED_BYTES = 750_000;
/** What a lease remembers of its texts, as JSON. */
export const REMEMBERED_BYTES = 1_000_000;

/** Texts whose delivery is awaited, as JSON. */
export const AWAITED_BYTES = 100_000;

/** Bytes of a value on the wire, where it is JSON in UTF-8. */
export function jsonBytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
