import type { NumberSeen } from '../activities/read-number.js';
import { failure, type Failure } from '../domain/failures.js';
import type { ManageLeaseInput } from '../domain/lease-input.js';
import { isOpen } from '../domain/number-record.js';
import { confirmBudget } from './budget.js';
import type { LeaseRun } from './lease-run.js';
import { billingOf, readNumber } from './ownership.js';
import { activate } from './activate.js';
import { noteVendorTime } from './text-doubts.js';
import { untilAnswered } from './until-answered.js';

type Adoption = NonNullable<ManageLeaseInput['adopt']>;

/**
 * Takes over a lease that the account has already, instead of leasing. Nothing is called that changes anything: the
 * number must show that very lease now. Afterwards the run is like any other, or it is ending and owns nothing.
 */
export async function adoptNumber(run: LeaseRun, { leaseId }: Adoption): Promise<void> {
  const { memory, number } = run;
  const read = () => readNumber(run, `verify ${number}`);
  const seen = await untilAnswered(run, 'verifying the lease to adopt', read, () => run.isEnding());
  const refused = seen ? notThere(run, seen.value, leaseId) : notWanted(run);
  if (refused || !seen || !('record' in seen.value)) {
    run.refuse(refused ?? notWanted(run));
    return;
  }
  memory.lease = { leaseId, billing: billingOf(seen.value.record), knownAt: Date.now() };
  memory.account = seen.value.account;
  noteVendorTime(run, seen.vendorTime);
  memory.substituted = true; // whether failover is on for it cannot be read
  run.note(`adopted lease ${leaseId}, which began ${memory.lease.billing.period.start}`);
  if (run.input.budgeted) await countInBudget(run);
  activate(run);
}

/** It is paid for already, so it counts in the spending limits also where it is over them, and is kept. */
async function countInBudget(run: LeaseRun): Promise<void> {
  run.memory.budget = 'held';
  await confirmBudget(run);
}

function notThere({ number }: LeaseRun, seen: NumberSeen, leaseId: string): Failure | undefined {
  const lease = 'record' in seen ? seen.record.lease : undefined;
  if (lease?.leaseId === leaseId && isOpen(lease)) return undefined;
  const shown = lease ? `lease ${lease.leaseId} as ${lease.status}` : 'no lease of this account';
  return failure('NumberUnavailable', `${number} is not adopted: it shows ${shown}`);
}

/** What was not verified is not ours to give back: it stays as it is. */
function notWanted({ number, memory }: LeaseRun): Failure {
  const why = memory.ending?.reason ?? 'no longer wanted';
  return failure('NumberUnavailable', `${number} is not adopted and stays as it is: ${why}`);
}
