import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  WorkflowNotFoundError,
  type ScheduleDescription,
  type ScheduleHandle,
} from '@temporalio/client';
import { parseReconcileSchedule } from '../domain/account-requests.js';
import { NAMES } from '../domain/contract.js';
import { formatDuration, parseDuration, type Duration } from '../domain/duration.js';
import { RECONCILE_SCHEDULE_ID } from '../domain/ids.js';
import type {
  ReconcileReport,
  ReconcileRequest,
  ReconcileScheduleRequest,
} from '../domain/reconciliation.js';
import { isOpenStatus } from '../domain/run-status.js';
import { ask, describe, linkTo, type Context } from './context.js';
import { LeaseholdError, toLeaseholdError, type ErrorType } from './errors.js';
import { checked } from './lease.js';
import type { ReconcileLeases } from './reconcile.js';

/** The Schedule as it is now. */
export interface ReconcileSchedule {
  every: Duration;
  /** What each pass is asked. */
  request: ReconcileRequest;
  paused: boolean;
  /** ISO 8601, as every time below; absent while it is paused. */
  nextAt?: string;
  /** A pass is under way since then. */
  runningSince?: string;
  /** The last one that has ended; absent where none has, or where the namespace keeps it no longer. */
  last?: ReconcilePass;
}

/** A pass that has ended, with its report or with why it has none. */
export interface ReconcilePass {
  startedAt: string;
  workflowId: string;
  runId: string;
  /** Its page in the Temporal UI, where one is known. */
  url?: string;
  report?: ReconcileReport;
  failure?: { type: ErrorType; message: string };
}

/** Passes that an outage kept from starting are not made up for: the next one sees all that they would have. */
const CATCH_UP_MS = 60_000;

/** Makes the Schedule, or makes it what is asked now. */
export async function writeSchedule(
  context: Context,
  asked: ReconcileScheduleRequest,
): Promise<ReconcileSchedule> {
  const { every, ...request } = checked(() => parseReconcileSchedule(asked));
  const options = optionsOf(context, parseDuration(every) ?? 0, request);
  await ask(context, async () => {
    const { schedule } = context.client;
    try {
      await schedule.create({
        scheduleId: RECONCILE_SCHEDULE_ID,
        ...options,
        state: { triggerImmediately: true },
      });
    } catch (error) {
      if (!(error instanceof ScheduleAlreadyRunning)) throw error;
      await handleOf(context).update(({ state }) => ({ ...options, state }));
    }
  });
  return (await readSchedule(context)) ?? Promise.reject(noSchedule());
}

function optionsOf({ taskQueue }: Context, everyMs: number, request: ReconcileRequest) {
  return {
    spec: { intervals: [{ every: everyMs }] },
    action: {
      type: 'startWorkflow' as const,
      workflowType: NAMES.reconcileLeases,
      workflowId: RECONCILE_SCHEDULE_ID, // the server adds the time of each pass
      taskQueue,
      args: [request] as [ReconcileRequest],
      staticSummary: 'compare what is leased with who owns it',
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCH_UP_MS, pauseOnFailure: false },
  };
}

/** Undefined where there is none. */
export async function readSchedule(context: Context): Promise<ReconcileSchedule | undefined> {
  const described = await ask(context, async () => {
    try {
      return await handleOf(context).describe();
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return undefined;
      throw error;
    }
  });
  if (!described) return undefined;
  const { spec, action, state, info } = described;
  const next = state.paused ? undefined : info.nextActionTimes[0];
  const [request = {}] = (action.args ?? []) as [ReconcileRequest?];
  return {
    every: formatDuration(spec.intervals?.[0]?.every ?? 0),
    request,
    paused: state.paused,
    ...(next && { nextAt: next.toISOString() }),
    ...(await passesOf(context, info)),
  };
}

/** Newest first: what is under way, and the first one that has ended. */
async function passesOf(
  context: Context,
  { recentActions }: ScheduleDescription['info'],
): Promise<Pick<ReconcileSchedule, 'runningSince' | 'last'>> {
  let under: { runningSince?: string } = {};
  for (const { action } of recentActions.toReversed()) {
    const { workflowId, firstExecutionRunId: runId } = action.workflow;
    const run = await describe(context, workflowId, runId);
    if (!run) continue; // kept no longer
    const startedAt = run.startTime.toISOString();
    if (isOpenStatus(run.status.name)) {
      under = { runningSince: startedAt };
      continue;
    }
    const url = linkTo(context, workflowId, runId);
    const pass = { startedAt, workflowId, runId, ...(url !== undefined && { url }) };
    return { ...under, last: { ...pass, ...(await endOf(context, workflowId, runId)) } };
  }
  return under;
}

async function endOf(
  context: Context,
  workflowId: string,
  runId: string,
): Promise<Pick<ReconcilePass, 'report' | 'failure'>> {
  const handle = context.client.workflow.getHandle<ReconcileLeases>(workflowId, runId);
  try {
    return { report: await handle.result() };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return {};
    const { type, message } = toLeaseholdError(error);
    return { failure: { type, message } };
  }
}

export function pauseSchedule(context: Context): Promise<void> {
  return change(context, (schedule) => schedule.pause('paused by leasehold'));
}

export function resumeSchedule(context: Context): Promise<void> {
  return change(context, (schedule) => schedule.unpause('resumed by leasehold'));
}

export function deleteSchedule(context: Context): Promise<void> {
  return change(context, (schedule) => schedule.delete());
}

function change(context: Context, work: (schedule: ScheduleHandle) => Promise<void>): Promise<void> {
  return ask(context, async () => {
    try {
      await work(handleOf(context));
    } catch (error) {
      throw error instanceof ScheduleNotFoundError ? noSchedule() : error;
    }
  });
}

function handleOf({ client }: Context): ScheduleHandle {
  return client.schedule.getHandle(RECONCILE_SCHEDULE_ID);
}

function noSchedule(): LeaseholdError {
  return new LeaseholdError('NotSetUp', 'nothing is scheduled: `leasehold reconcile --every 10m` does that');
}
