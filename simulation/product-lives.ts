import type { Client, WorkflowClientInterceptor, WorkflowHandle } from '@temporalio/client';
import {
  NAMES,
  type LeaseMemo,
  type LeaseResult,
  type Leased,
  type ProvisionRequest,
} from '../domain/contract.js';
import { leaseId, provisionId } from '../domain/ids.js';
import type { GuardedLives } from './guarded-lives.js';
import { Hazards } from './hazards.js';
import { storyOf, violations, type LeaseRunSeen } from './invariants.js';
import type { Ending, Lives, Verdict } from './lives.js';
import { lossesOf, type LifeEnd } from './losses.js';
import { OptOuts } from './opt-outs.js';

interface RunId {
  workflowId: string;
  runId: string;
}

/** Lives as this product leads them. */
export class ProductLives implements Lives {
  readonly hazards: Hazards;
  readonly optOuts = new OptOuts();
  private readonly provisions = new Map<string, WorkflowHandle<() => Promise<Leased>>>();

  constructor(
    private readonly client: Client,
    private readonly taskQueue: string,
    /** Runs of numbers that this seed started, by run id. */
    private readonly seen: Map<string, RunId>,
    readonly guarded?: GuardedLives,
  ) {
    this.hazards = new Hazards(client, taskQueue);
  }

  async start(request: ProvisionRequest): Promise<void> {
    this.guarded?.begun(request);
    const workflowId = provisionId(request.reference);
    const started = this.client.workflow.start<(input: ProvisionRequest) => Promise<Leased>>(
      NAMES.provisionLease,
      {
        workflowId,
        taskQueue: this.taskQueue,
        args: [request],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      },
    );
    await started.catch(() => undefined); // the reference has its answer already
    this.provisions.set(request.reference, this.client.workflow.getHandle<() => Promise<Leased>>(workflowId));
  }

  async cancelProvision(reference: string): Promise<void> {
    await this.guarded?.watch.cancelling({ reference });
    await this.provisions.get(reference)?.cancel();
  }

  async numberOf(reference: string): Promise<string | undefined> {
    const status = await this.provisions.get(reference)?.query<{ number?: string }>(NAMES.status);
    return status?.number;
  }

  async cancelLease(reference: string): Promise<void> {
    const number = await this.numberOf(reference);
    if (number === undefined) return;
    await this.guarded?.watch.cancelling({ number });
    await this.client.workflow.getHandle(leaseId(number)).cancel();
  }

  async terminate(reference: string): Promise<void> {
    const number = await this.numberOf(reference);
    if (number === undefined) return;
    await this.guarded?.watch.terminating(number);
    await accepted(this.client.workflow.getHandle(leaseId(number)), NAMES.terminate, {});
  }

  async send(reference: string, message: { id: string; to: string; message: string }): Promise<void> {
    await accepted(await this.runOf(reference), NAMES.send, message);
  }

  /** The answer to a start may be late, or lost for good; what it has started owns its number all the same. */
  async noteOwners(numbers: string[]): Promise<void> {
    const owners = numbers.map((number) => this.client.workflow.getHandle(leaseId(number)).describe());
    for (const owner of await Promise.allSettled(owners)) {
      if (owner.status === 'rejected') continue; // a number without a run is told of in the verdict
      const { workflowId, runId } = owner.value;
      this.seen.set(runId, { workflowId, runId });
    }
  }

  endings(): Ending[] {
    const runs = () =>
      [...this.seen.values()].map(({ workflowId }) => this.client.workflow.getHandle(workflowId));
    return [
      { cancelFirst: false, runs: () => [...this.provisions.values()] },
      { cancelFirst: false, runs: () => this.guarded?.adoptionRuns ?? [] },
      { cancelFirst: true, runs },
    ];
  }

  async verdict(facts: Parameters<Lives['verdict']>[0]): Promise<Verdict> {
    const runs = await this.runsSeen();
    const adoptions = this.guarded?.adoptionIds ?? new Set<string>();
    const terminated = this.hazards.terminatedRunIds;
    const evidence = { ...facts, runs, adoptions, terminated };
    const losses = lossesOf(facts.ledger, [...(await this.provisionEnds()), ...runs.map(endOf)]);
    const ofGuards = (await this.guarded?.violations({ ...facts, runs, terminated })) ?? [];
    return {
      violations: [
        ...violations(evidence),
        ...ofGuards,
        ...this.optOuts.violations(facts.ledger, runs, facts.skewMs),
      ],
      story: storyOf(evidence),
      losses,
      ...(this.guarded && { guarded: this.guarded.counts(runs) }),
    };
  }

  /** One that went on in a new run, or was reset, is one run from the first to the last. */
  private async runsSeen(): Promise<LeaseRunSeen[]> {
    const chains = await Promise.all([...this.seen.values()].map((run) => this.chainOf(run)));
    const later = new Set(chains.flatMap(([, ...others]) => others));
    const firsts = [...this.seen.values()].map((run, nth) => ({
      run,
      last: chains[nth]?.at(-1) ?? run.runId,
    }));
    const own = firsts.filter(({ run }) => !later.has(run.runId));
    return Promise.all(own.map(({ run, last }) => runSeen(this.client, run, last)));
  }

  /** The run ids from this one on. */
  private async chainOf({ workflowId, runId }: RunId): Promise<string[]> {
    const run = this.client.workflow.getHandle(workflowId, runId);
    const { status } = await run.describe();
    const next =
      status.name === 'CONTINUED_AS_NEW' ? await continuedIn(run) : this.hazards.successors.get(runId);
    return [runId, ...(next === undefined ? [] : await this.chainOf({ workflowId, runId: next }))];
  }

  /** A provision ends without a number where it is cancelled, or where it fails. */
  private async provisionEnds(): Promise<LifeEnd[]> {
    const states = await Promise.all([...this.provisions.values()].map((run) => run.describe()));
    return states.map(({ status: { name } }) => {
      return { leaseIds: [], believedSent: [], unserved: name === 'FAILED', stuck: name === 'RUNNING' };
    });
  }

  async runOf(reference: string): Promise<WorkflowHandle | undefined> {
    const number = await this.numberOf(reference);
    return number === undefined ? undefined : this.client.workflow.getHandle(leaseId(number));
  }
}

/** The server keeps no list of runs, so each start of a number's run is noted on its way there. */
export function noting(seen: Map<string, RunId>): WorkflowClientInterceptor {
  const note = (workflowId?: string | null, runId?: string | null) => {
    if (workflowId?.startsWith(leaseId('')) && runId) seen.set(runId, { workflowId, runId });
  };
  return {
    startWithDetails: async (input, next) => {
      const output = await next(input);
      note(input.options.workflowId, output.runId);
      return output;
    },
    startUpdateWithStart: async (input, next) => {
      const output = await next(input);
      note(output.workflowExecution.workflowId, output.workflowExecution.runId);
      return output;
    },
  };
}

async function continuedIn(run: WorkflowHandle): Promise<string | undefined> {
  const { events } = await run.fetchHistory();
  const { newExecutionRunId } = events?.at(-1)?.workflowExecutionContinuedAsNewEventAttributes ?? {};
  return newExecutionRunId ?? undefined;
}

async function runSeen(
  { workflow }: Client,
  { workflowId, runId }: RunId,
  lastRunId: string,
): Promise<LeaseRunSeen> {
  const { startTime } = await workflow.getHandle(workflowId, runId).describe();
  const handle = workflow.getHandle<() => Promise<LeaseResult>>(workflowId, lastRunId);
  const { closeTime, status, memo } = await handle.describe();
  return {
    runId,
    number: workflowId.slice(leaseId('').length),
    provisionRunId: (memo as LeaseMemo | undefined)?.provisionRunId ?? runId,
    ...reference(memo as LeaseMemo | undefined),
    openedAt: startTime.getTime(),
    closedAt: closeTime?.getTime(),
    status: status.name,
    result: status.name === 'COMPLETED' ? await handle.result() : undefined,
  };
}

/** Adopted numbers have none of their own. */
function reference(memo: LeaseMemo | undefined): Pick<LeaseRunSeen, 'reference'> {
  const given = memo?.reference;
  return given === undefined || !given.startsWith('s') ? {} : { reference: given };
}

function endOf({ status, result }: LeaseRunSeen): LifeEnd {
  const sent = (result?.messages ?? []).filter(({ outcome }) => outcome === 'sent');
  return {
    leaseIds: [result?.leaseId ?? ''],
    believedSent: sent.map(({ id }) => id), // each text of a simulation carries its message id as its words
    unserved: false,
    stuck: status === 'RUNNING',
  };
}

async function accepted(run: WorkflowHandle | undefined, name: string, argument: object): Promise<void> {
  await run?.startUpdate<unknown, [object]>(name, { args: [argument], waitForStage: 'ACCEPTED' });
}
