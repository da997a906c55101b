import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { NAMES, type TerminateAnswer, type TerminateRequest } from '../domain/contract.js';
import type { Duration } from '../domain/duration.js';
import { failure, FAILURES, type Failure } from '../domain/failures.js';
import { leaseId, reconcilePassId } from '../domain/ids.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import type { Shared } from './deps.js';
import { inParallel } from './in-parallel.js';

const AT_ONCE = 10;
/** A run that is well answers at once. */
const UPDATE_LIMIT_MS = 5_000;

export interface EndGhosts {
  /** The very runs that were found. */
  ghosts: { number: PhoneNumber; runId: string; reason: string }[];
  delay: Duration;
  /** Of the pass: asked again, a run answers as it did the first time. */
  passRunId: string;
}

export interface EndedGhost {
  number: PhoneNumber;
  /** Absent: the run ends after the delay, unless somebody restores the lease. */
  failure?: Failure;
}

/** Asks the run of each number to give it back after the delay, as a person would. */
export function endGhostsActivity({ temporal }: Shared) {
  return ({ ghosts, delay, passRunId }: EndGhosts): Promise<EndedGhost[]> =>
    inParallel(ghosts, AT_ONCE, async ({ number, runId, reason }) => {
      try {
        await temporal.connection.withDeadline(Date.now() + UPDATE_LIMIT_MS, () =>
          temporal.workflow
            .getHandle(leaseId(number), runId)
            .executeUpdate<TerminateAnswer, [TerminateRequest]>(NAMES.terminate, {
              args: [{ reason, grace: delay }],
              updateId: reconcilePassId(passRunId),
            }),
        );
        return { number };
      } catch (error) {
        return { number, failure: failureOf(number, error) };
      }
    });
}

/** What the run said, such as that it is protected; or that it did not answer. */
function failureOf(number: PhoneNumber, error: unknown): Failure {
  if (error instanceof WorkflowNotFoundError)
    return failure('LeaseNotActive', `the run of ${number} is over`);
  const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
  const type =
    cause instanceof ApplicationFailure ? FAILURES.find((known) => known === cause.type) : undefined;
  if (type && cause) return failure(type, cause.message);
  return failure(
    'UnexpectedResponse',
    `the run of ${number} did not answer, and may still do what was asked`,
  );
}
