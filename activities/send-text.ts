import type { SendText, TextSent } from '../contiguity/index.js';
import type { LeaseAccount } from '../domain/lease-input.js';
import type { Outcome } from '../domain/outcome.js';
import { atOtherApi } from './account.js';
import { outcomeOf } from './answers.js';
import type { Shared } from './deps.js';
import { openLeaseIn, readNumber } from './read-number.js';
import { notSentAfterReset, resetSince } from './reset.js';

export type TextOutcome = Outcome<TextSent & { account: LeaseAccount }>;

export interface SendTextArgs extends SendText {
  /** The account of the lease. */
  account: LeaseAccount;
  leaseId: string;
  knownRunId?: string | undefined;
}

/** With the request's own limit of 10 seconds and its turn of 2, what is sent later may outlive the activity. */
const MAX_READ_MS = 3_000;
const CALL = 'POST /send/text';

/** `POST /send/text`, one attempt. Not sent with another API or account than the lease's, nor after a reset of the run. */
export function sendTextActivity(shared: Shared) {
  const { api, temporal } = shared;
  return async ({ account, leaseId, knownRunId, ...text }: SendTextArgs): Promise<TextOutcome> => {
    const startedAt = performance.now();
    const elsewhere = atOtherApi(api.account, account);
    if (elsewhere) return { outcome: 'refused', call: elsewhere.call };
    const reset = await resetSince(temporal, knownRunId);
    if (reset !== undefined) return notSentAfterReset(CALL, reset);
    const unsent = await whyNotOurs(shared, { number: text.from, account, leaseId });
    if (unsent !== undefined) return notSent(unsent);
    if (performance.now() - startedAt > MAX_READ_MS) return notSent('the checks before it took too long');
    return outcomeOf(api.text.send(text), ({ messageId }) => ({ messageId, account: api.account }));
  };
}

function notSent(message: string): TextOutcome {
  return { outcome: 'refused', call: { call: CALL, message, byVendor: false, neverSent: true } };
}

/** Why the present key may not be of the lease's account, where it is another key. */
export async function whyNotOurs(
  shared: Shared,
  lease: { number: string; account: LeaseAccount; leaseId: string },
): Promise<string | undefined> {
  if (shared.api.account.keyFingerprint === lease.account.keyFingerprint) return undefined;
  const seen = await readNumber(shared, { ...lease, isDecisive: true });
  if (!seen.answered) return seen.call.message;
  if (openLeaseIn(seen.value)?.leaseId === lease.leaseId) return undefined;
  return 'the API key is not the one of the lease, and does not show the lease';
}
