import type { Ledger } from '../simulator/index.js';
import type { LeaseRunSeen } from './invariants.js';

/** What a recipient wrote to a number, in epoch milliseconds of the server. */
interface Word {
  number: string;
  recipient: string;
  out: boolean;
  writtenAt: number;
  /** When the gateway took the webhook; undefined: it never did. */
  takenAt?: number;
}

/** A request that left before the STOP was known may still act: its time limit, and a copy that is late. */
const MAY_STILL_ACT_MS = 45_000;

/** Remembers who wrote STOP and START, and when the product knew it. */
export class OptOuts {
  private readonly words: Word[] = [];

  note(word: Omit<Word, 'takenAt'>): { taken(at: number): void } {
    const noted: Word = { ...word };
    this.words.push(noted);
    return { taken: (at) => (noted.takenAt = at) };
  }

  get count(): number {
    return this.words.length;
  }

  /** Texts that went out although the run of their number knew of a STOP. */
  violations({ entries }: Ledger, runs: LeaseRunSeen[], skewMs: number): string[] {
    return entries.flatMap((entry) => {
      if (entry.kind !== 'text') return [];
      const at = entry.at - skewMs;
      const its = this.words.filter(
        ({ number, recipient }) => number === entry.number && recipient === entry.to,
      );
      const stop = its.find((word) => word.out && isKnown(word, at, entry.number, runs));
      if (!stop) return [];
      const isUndone = its.some(
        ({ out, writtenAt }) => !out && writtenAt >= stop.writtenAt && writtenAt <= at,
      );
      return isUndone
        ? []
        : [`message ${entry.message} of ${entry.number} went out after its recipient said STOP`];
    });
  }
}

/** By the run that was open when the webhook was taken, and still is: a STOP is forgotten with its lease. */
function isKnown({ takenAt }: Word, at: number, number: string, runs: LeaseRunSeen[]): boolean {
  if (takenAt === undefined || at <= takenAt + MAY_STILL_ACT_MS) return false;
  return runs.some(
    (run) =>
      run.number === number && run.openedAt < takenAt && (run.closedAt ?? Number.POSITIVE_INFINITY) > at,
  );
}
