import type { LeaseAccount } from '../domain/lease-input.js';
import type { Read } from '../domain/outcome.js';
import {
  judgeHistory,
  rowsOf,
  type HistoryVerdict,
  type OtherTexts,
  type SoughtText,
} from '../domain/text-history.js';
import { atOtherApi } from './account.js';
import { readOf } from './answers.js';
import type { Shared } from './deps.js';
import { whyNotOurs } from './send-text.js';

/** The most that the vendor gives on one page. */
const PAGE = 200;

export interface ReadHistory extends SoughtText {
  /** The caller's id of the text. */
  id: string;
  /** Of its words. */
  digest: string;
  others: OtherTexts;
  /** The account of the lease. */
  account: LeaseAccount;
  leaseId: string;
}

export interface HistorySeen {
  id: string;
  verdict: HistoryVerdict;
  /** The vendor shows no more rows at a time. */
  isFull: boolean;
}

/** `GET /conversations/history/text/{to}/{from}/200`: whether a text was sent. No text enters the run's history. */
export function readHistoryActivity(shared: Shared) {
  const { api } = shared;
  return async ({
    id,
    digest,
    others,
    account,
    leaseId,
    ...sought
  }: ReadHistory): Promise<Read<HistorySeen>> => {
    const { from, to } = sought;
    const elsewhere = atOtherApi(api.account, account);
    if (elsewhere) return elsewhere;
    const why = await whyNotOurs(shared, { number: from, account, leaseId });
    if (why !== undefined) {
      const call = { call: 'none', message: why, byVendor: false, neverSent: true };
      return { answered: false, otherAccount: true, call };
    }
    return readOf(api.text.history({ from, to, limit: PAGE }), (entries) => {
      const isFull = entries.length >= PAGE;
      return { id, verdict: judgeHistory(rowsOf(entries, sought), isFull, digest, others), isFull };
    });
  };
}
