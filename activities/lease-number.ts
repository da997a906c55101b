import type { LeaseAccount, OwnLease } from '../domain/lease-input.js';
import type { BillingMethod } from '../domain/number-record.js';
import type { Outcome } from '../domain/outcome.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import { outcomeOf } from './answers.js';
import type { Shared } from './deps.js';

export interface LeaseNumber {
  number: PhoneNumber;
  billingMethod: BillingMethod;
}

/** `POST /numbers/lease/{n}`, one attempt. Spends money; says with which account. */
export function leaseNumberActivity({ api }: Shared) {
  return async ({ number, billingMethod }: LeaseNumber): Promise<Outcome<OwnLease> & { account: LeaseAccount }> => {
    const outcome = await outcomeOf(api.lease.create(number, { billingMethod }), ({ leaseId, billing }) => ({
      leaseId,
      billing,
    }));
    return { ...outcome, account: api.account };
  };
}
