import type { LeaseMemo } from '../domain/contract.js';
import { leaseId } from '../domain/ids.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import { CLOSED_RUNS } from '../domain/run-status.js';
import { ask, describe, quoted, type Context } from './context.js';
import { LeaseholdError } from './errors.js';

/**
 * Whose lease it is: a number's run id alone does not say, numbers are leased again. With a reference, also the lease that an
 * earlier attempt of it made, which a later one is answered with.
 */
export type Owner = Pick<LeaseMemo, 'provisionRunId'> & { reference?: string };

export function isOwnedBy(memo: Partial<LeaseMemo>, { provisionRunId, reference }: Owner): boolean {
  return memo.provisionRunId === provisionRunId || (reference !== undefined && memo.reference === reference);
}

/** The runs of one lease: a long one continues as a new run now and then. */
export interface Chain {
  reference: string;
  owner: Owner;
  firstExecutionRunId: string;
  /** Set where a later lease of the same number has taken the id over. */
  lastRunId?: string;
}

/** The newest lease of the number, or the one of that owner. */
export async function newestChain(context: Context, number: PhoneNumber, owner?: Owner): Promise<Chain> {
  const run = await describe(context, leaseId(number));
  if (!run)
    throw new LeaseholdError('LeaseNotActive', `no run owns ${number}: it is not leased through here`);
  const memo = memoOf(run);
  if (owner && !isOwnedBy(memo, owner)) return olderChain(context, number, owner);
  return {
    reference: memo.reference ?? '',
    owner: owner ?? { provisionRunId: memo.provisionRunId ?? '' },
    firstExecutionRunId: run.raw.workflowExecutionInfo?.firstRunId || run.runId,
  };
}

async function olderChain({ client, ...rest }: Context, number: PhoneNumber, owner: Owner): Promise<Chain> {
  const context = { client, ...rest };
  const found = await ask(context, async () => {
    const query = `WorkflowId = ${quoted(leaseId(number))} AND ${CLOSED_RUNS}`;
    for await (const run of client.workflow.list({ query })) {
      if (run.status.name !== 'CONTINUED_AS_NEW' && isOwnedBy(memoOf(run), owner)) return run;
    }
    return undefined;
  });
  if (!found) throw new LeaseholdError('LeaseNotActive', `the run that owned ${number} is not kept any more`);
  const first = await describe(context, found.workflowId, found.runId);
  return {
    reference: memoOf(found).reference ?? '',
    owner,
    firstExecutionRunId: first?.raw.workflowExecutionInfo?.firstRunId || found.runId,
    lastRunId: found.runId,
  };
}

function memoOf({ memo }: { memo?: Record<string, unknown> }): Partial<LeaseMemo> {
  return memo ?? {};
}
