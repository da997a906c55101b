import type { LeaseAccount, VendorLease } from '../domain/lease-input.js';
import type { BillingMethod } from '../domain/number-record.js';
import type { Outcome } from '../domain/outcome.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import { atOtherApi } from './account.js';
import { outcomeOf } from './answers.js';
import type { Shared } from './deps.js';

export interface LeaseNumber {
  number: PhoneNumber;
  billingMethod: BillingMethod;
  account: LeaseAccount;
}

/** `POST /numbers/lease/{n}`, one attempt. Spends money. Refused without a call at another API than the search's. */
export function leaseNumberActivity({ api }: Shared) {
  return async ({
    number,
    billingMethod,
    account,
  }: LeaseNumber): Promise<Outcome<VendorLease & { account: LeaseAccount }>> => {
    const elsewhere = atOtherApi(api.account, account);
    if (elsewhere) return { outcome: 'refused', call: elsewhere.call };
    const call = api.lease.create(number, { billingMethod });
    return outcomeOf(call, ({ leaseId, billing }) => ({ leaseId, billing, account: api.account }));
  };
}
