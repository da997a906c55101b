import type { LeaseAccount, VendorLease } from '../domain/lease-input.js';
import type { BillingMethod } from '../domain/number-record.js';
import type { Answered, Outcome } from '../domain/outcome.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import { atOtherApi } from './account.js';
import { MAX_FIRST_REQUEST_MS, outcomeOf } from './answers.js';
import type { Shared } from './deps.js';
import { readNumber, type NumberSeen } from './read-number.js';
import { notSentAfterReset, resetSince } from './reset.js';

export interface LeaseNumber {
  number: PhoneNumber;
  billingMethod: BillingMethod;
  /** The account that the run will read the result with. */
  account: LeaseAccount;
  knownRunId?: string | undefined;
}

/** A lease as the vendor confirmed it, and the account that it was made with. */
export type LeaseConfirmed = VendorLease & { account: LeaseAccount };

export type LeaseOutcome = Outcome<LeaseConfirmed> & {
  /** Of this worker, where the run knows another one. */
  account?: LeaseAccount;
  /** What the number showed after the response; absent: it was not read, or there was no answer. */
  shown?: Answered<NumberSeen>;
};

/**
 * `POST /numbers/lease/{n}`, one attempt. Spends money. A lease that was confirmed in time is read at once, by
 * `GET /numbers/{n}`: that read was requested after the response, so it shows what the request did.
 */
export function leaseNumberActivity(shared: Shared) {
  const { api, temporal } = shared;
  return async (lease: LeaseNumber): Promise<LeaseOutcome> => {
    const { number, billingMethod, account, knownRunId } = lease;
    const startedAt = performance.now();
    const call = `POST /numbers/lease/${number}`;
    const elsewhere = atOtherApi(api.account, account);
    if (elsewhere) return { outcome: 'refused', call: elsewhere.call };
    if (api.account.keyFingerprint !== account.keyFingerprint) {
      // The response may be lost, so the run must know before whose key it was made with.
      const message = 'the run knows another API key than this worker has';
      return {
        outcome: 'refused',
        account: api.account,
        call: { call, message, byVendor: false, neverSent: true },
      };
    }
    const reset = await resetSince(temporal, knownRunId);
    if (reset !== undefined) return notSentAfterReset(call, reset);
    const created = api.lease.create(number, { billingMethod, turns: 2 }); // its own permit, and that of the read
    const outcome = await outcomeOf(created, ({ leaseId, billing }) => ({
      leaseId,
      billing,
      account: api.account,
    }));
    if (outcome.outcome !== 'confirmed' || performance.now() - startedAt > MAX_FIRST_REQUEST_MS)
      return outcome;
    const { leaseId } = outcome.value;
    const shown = await readNumber(shared, { number, account, leaseId, isDecisive: true }, { turns: 0 });
    return shown.answered ? { ...outcome, shown } : outcome;
  };
}
