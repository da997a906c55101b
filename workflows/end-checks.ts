import type { ApplicationFailure } from '@temporalio/workflow';
import { failure } from '../domain/failures.js';
import { asError } from './checks.js';
import { isProtected } from './deadline-plan.js';
import type { LeaseRun } from './lease-run.js';

/** What stands in the way of a lease's end, for whoever does it and for whoever only plans it. */
export function checkUnprotected(run: LeaseRun): void {
  const { ending, phase } = run.memory;
  if (!isProtected(run) || ending || (phase !== 'leasing' && phase !== 'active')) return;
  const message =
    `${run.number} is protected and not given back: lift the protection first ` +
    `(leasehold protect ${run.number} --off, or the update protect with {"protected": false})`;
  throw asError(failure('LeaseProtected', message));
}

export function noTermToExtend(): ApplicationFailure {
  const message = 'this lease has no expiry that a term could extend; give until instead';
  return asError(failure('InvalidRequest', message, { field: 'term' }));
}
