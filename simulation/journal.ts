import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { SeedReport } from './fleet.js';
import type { Order } from './performer.js';

/** What a journal keeps of a seed: the counts, and the story only where the promise was broken. */
export type JournalEntry = Omit<Order, 'seed'> &
  Omit<SeedReport, 'story'> & {
    story?: [string, string[]][];
    /** What it was played with: `playedCode`. */
    code?: string;
  };

/**
 * A file with a line of JSON for each seed that was played. A long run may be stopped and started again with the same
 * file: what is in it is counted, not played, as long as the code is the same. A seed that broke down
 * is not kept, and so is played again.
 */
export class Journal {
  private readonly entries = new Map<string, JournalEntry>();
  /** Seeds of other code, which do not count. */
  readonly passedOver: number = 0;

  constructor(
    private readonly path: string,
    private readonly code: string,
  ) {
    if (!existsSync(path)) return;
    const lines = readFileSync(path, 'utf8').split('\n');
    for (const line of lines.filter(isWhole)) {
      const entry = JSON.parse(line) as JournalEntry;
      if (entry.code === code) this.entries.set(keyOf(entry), entry);
      else this.passedOver += 1;
    }
  }

  /** The report of a seed that was played before. */
  find(order: Order): SeedReport | undefined {
    const entry = this.entries.get(keyOf(order));
    return entry && { ...entry, story: new Map(entry.story) };
  }

  add({ show, lives, profile, guards, address }: Order, { story, ...report }: SeedReport): void {
    if (report.brokeDown) return;
    const where = address === undefined ? {} : { address };
    const entry: JournalEntry = { code: this.code, show, lives, profile, guards, ...where, ...report };
    if (report.violations.length > 0) entry.story = [...story];
    appendFileSync(this.path, `${JSON.stringify(entry)}\n`);
  }
}

function keyOf({ show, seed, lives, profile, guards, address }: Order): string {
  const real = address === undefined ? [] : ['in real time'];
  return [show, profile, lives, seed, ...(guards ? ['guards'] : []), ...real].join(' ');
}

/** The last line may have been cut off by the end of its process. */
function isWhole(line: string): boolean {
  return line.startsWith('{') && line.endsWith('}');
}
