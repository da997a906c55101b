import type { LeaseAccount } from '../domain/lease-input.js';
import type { Outcome } from '../domain/outcome.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import { atOtherApi } from './account.js';
import { outcomeOf } from './answers.js';
import type { Shared } from './deps.js';

export interface TerminateLease {
  number: PhoneNumber;
  leaseId: string;
  account: LeaseAccount;
}

export type Terminated = Outcome<{ leaseId: string; account: LeaseAccount }> & {
  /** How long recent terminations took, in milliseconds; absent on a worker that has seen none. */
  typicalMs?: number;
};

/** `DELETE /numbers/leased/{n}`, one attempt. Not sent at all to another API than the one that leased the number. */
export function terminateLeaseActivity({ api, witness, releaseTimes }: Shared) {
  return async ({ number, leaseId, account }: TerminateLease): Promise<Terminated> => {
    const elsewhere = atOtherApi(api.account, account);
    if (elsewhere) return { outcome: 'refused', call: elsewhere.call };
    const outcome = await outcomeOf(api.lease.terminate(number), (data) => ({
      leaseId: data.leaseId,
      account: api.account,
    }));
    if (outcome.outcome === 'confirmed' && outcome.value.leaseId === leaseId) witness.vouch(account);
    const typicalMs = releaseTimes.typical();
    return { ...outcome, ...(typicalMs !== undefined && { typicalMs }) };
  };
}
