import type { TextMessage } from '../contiguity/index.js';
import type { LeaseAccount } from '../domain/lease-input.js';
import { atOtherApi } from './account.js';
import { readOf } from './answers.js';
import type { Shared } from './deps.js';
import { inParallel } from './in-parallel.js';

/** So that one lease's look does not take all connections. */
const AT_ONCE = 5;

export interface ReadDeliveries {
  /** The vendor's. */
  messageIds: string[];
  account: LeaseAccount;
}

export interface DeliveriesSeen {
  /** False: it was given up half way, because a call had no answer. */
  answered: boolean;
  /** Of those that are known; the others are still on their way, or could not be read. */
  known: { messageId: string; delivery: 'confirmed' | 'failed' }[];
}

/** `GET /conversations/history/message/{id}?tracking=true` for each: only what became of it enters a history of ours. */
export function readDeliveriesActivity({ api }: Shared) {
  return async ({ messageIds, account }: ReadDeliveries): Promise<DeliveriesSeen> => {
    const seen: DeliveriesSeen = { answered: !atOtherApi(api.account, account), known: [] };
    await inParallel(messageIds, AT_ONCE, async (messageId) => {
      if (!seen.answered) return;
      const read = await readOf(api.text.get(messageId, { tracking: true }), deliveryOf);
      if (!read.answered) {
        // one that is not there, or cannot be read, says nothing of the others
        const { status, byVendor } = read.call;
        seen.answered &&= byVendor && (status === 404 || status === 200);
      } else if (read.value) seen.known.push({ messageId, delivery: read.value });
    });
    return seen;
  };
}

/** The vendor documents the names of events, and of the statuses only `delivered`. */
function deliveryOf({ status, events = [] }: TextMessage): 'confirmed' | 'failed' | undefined {
  const last = events.findLast((event) => event.startsWith('text.delivery.')) ?? status;
  if (last === 'text.delivery.confirmed' || last === 'delivered') return 'confirmed';
  return last === 'text.delivery.failed' || last === 'failed' ? 'failed' : undefined;
}
