import type { LeaseAccount } from '../domain/lease-input.js';
import type { Read } from '../domain/outcome.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import { atOtherApi } from './account.js';
import { readOf } from './answers.js';
import type { Shared } from './deps.js';

/** The most that the vendor gives on one page. */
const PAGE = 200;

export interface ReadHistory {
  from: PhoneNumber;
  to: PhoneNumber;
  /** The vendor's clock, epoch milliseconds: only later entries count. */
  after: number;
  account: LeaseAccount;
}

export interface HistorySeen {
  /** Texts from our number to this recipient, later than `after`. */
  later: number;
  /** The page was full: there may be more than it shows. */
  full: boolean;
  /** The latest of their timestamps. */
  latest?: number;
}

/** `GET /conversations/history/text/{to}/{from}/200`, counted and not quoted: no text enters a history of ours. */
export function readHistoryActivity({ api }: Shared) {
  return async ({ from, to, after, account }: ReadHistory): Promise<Read<HistorySeen>> => {
    const elsewhere = atOtherApi(api.account, account);
    if (elsewhere) return elsewhere;
    return readOf(api.text.history({ from, to, limit: PAGE }), (entries) => {
      const later = entries.filter(
        (entry) => entry.from === from && entry.to === to && entry.timestamp > after,
      );
      const latest = later.reduce((max, entry) => Math.max(max, entry.timestamp), 0);
      return { later: later.length, full: entries.length >= PAGE, ...(latest > 0 && { latest }) };
    });
  };
}
