import type { LeaseAccount, VendorLease } from '../domain/lease-input.js';
import type { BillingMethod } from '../domain/number-record.js';
import type { Outcome } from '../domain/outcome.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import { atOtherApi } from './account.js';
import { outcomeOf } from './answers.js';
import type { Shared } from './deps.js';
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

/** `POST /numbers/lease/{n}`, one attempt. Spends money. */
export function leaseNumberActivity({ api, temporal }: Shared) {
  return async ({
    number,
    billingMethod,
    account,
    knownRunId,
  }: LeaseNumber): Promise<Outcome<LeaseConfirmed> & { account?: LeaseAccount }> => {
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
    return outcomeOf(api.lease.create(number, { billingMethod }), ({ leaseId, billing }) => ({
      leaseId,
      billing,
      account: api.account,
    }));
  };
}
