import { firstDeadline } from './deadlines.js';
import type { LeaseRun } from './lease-run.js';

/** The lease is ours to use: the term begins, and the provision gets its answer. */
export function activate(run: LeaseRun): void {
  const { memory, lease, input } = run;
  memory.leasedAt = Date.now();
  const expiresAt = firstDeadline(run, memory.leasedAt);
  if (expiresAt !== undefined) memory.expiresAt = expiresAt;
  lease.billing = {
    ...lease.billing,
    ...(!lease.billing.price && input.offer.price && { price: input.offer.price }),
  };
  const { reference } = input;
  const leasedAt = new Date(memory.leasedAt).toISOString();
  memory.acquired = {
    outcome: 'leased',
    lease: {
      reference,
      number: run.number,
      leaseId: lease.leaseId,
      status: 'active',
      billing: lease.billing,
      leasedAt,
    },
  };
  run.calm('api');
  run.note('verified: the lease is active');
  run.enter('active');
}
