import type { Ledger } from '../simulator/index.js';

/** What one life came to, as its caller knows it. */
export interface LifeEnd {
  /** Leases that a run of it named as its own. */
  leaseIds: string[];
  /** Words of the texts that its caller believes to be sent. */
  believedSent: string[];
  /** It ended without a number, although nobody cancelled it. */
  unserved: boolean;
  /** It has not ended, days after the last fault. */
  stuck: boolean;
}

/** What a fleet lost, counted on the ledger. */
export interface Losses {
  /** Lives that got no number. */
  unserved: number;
  /** Leases that no run ever named as its own. */
  unknownLeases: number;
  /** Leases that are still paid for at the end, although everybody was told to give back. */
  orphans: number;
  textsTwice: number;
  textsMissing: number;
  stuck: number;
}

export const NO_LOSSES: Losses = {
  unserved: 0,
  unknownLeases: 0,
  orphans: 0,
  textsTwice: 0,
  textsMissing: 0,
  stuck: 0,
};

export function lossesOf(ledger: Ledger, lives: LifeEnd[]): Losses {
  const named = new Set(lives.flatMap(({ leaseIds }) => leaseIds));
  const made = ledger.entries.filter((entry) => entry.kind === 'leased' && entry.by === 'us');
  const sent = new Map<string, number>();
  for (const entry of ledger.entries)
    if (entry.kind === 'text') sent.set(entry.message, (sent.get(entry.message) ?? 0) + 1);
  return {
    unserved: lives.filter(({ unserved }) => unserved).length,
    unknownLeases: made.filter(({ leaseId }) => !named.has(leaseId)).length,
    orphans: ledger.open.filter(({ by }) => by === 'us').length,
    textsTwice: [...sent.values()].filter((times) => times > 1).length,
    textsMissing: lives.flatMap(({ believedSent }) => believedSent).filter((words) => !sent.has(words))
      .length,
    stuck: lives.filter(({ stuck }) => stuck).length,
  };
}
