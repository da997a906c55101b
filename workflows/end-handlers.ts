import { condition, defineUpdate } from '@temporalio/workflow';
import {
  NAMES,
  type ExtendAnswer,
  type ExtendRequest,
  type ProtectAnswer,
  type ProtectRequest,
  type RenewAnswer,
  type RenewRequest,
  type RestoreAnswer,
  type TerminateAnswer,
  type TerminateRequest,
} from '../domain/contract.js';
import { parseGrace, parseUntil } from '../domain/deadline.js';
import { parseDuration } from '../domain/duration.js';
import { failure } from '../domain/failures.js';
import {
  asError,
  busy,
  checkEnd,
  checkExtend,
  checkFlag,
  checkNothing,
  checkOpen,
  checkTerminate,
  invalid,
} from './checks.js';
import { isProtected } from './deadline-plan.js';
import { canRenew, moveDeadline, nextDeadline, periodDeadline, reconsider } from './deadlines.js';
import { checkUnprotected, noTermToExtend } from './end-checks.js';
import { askToEnd } from './grace.js';
import { handleUpdate } from './handlers.js';
import type { LeaseRun } from './lease-run.js';
import { reads } from './steps.js';
import { askersTrace } from './trace.js';

const extendUpdate = defineUpdate<ExtendAnswer, [ExtendRequest]>(NAMES.extend);
const terminateUpdate = defineUpdate<TerminateAnswer, [TerminateRequest?]>(NAMES.terminate);
const protectUpdate = defineUpdate<ProtectAnswer, [ProtectRequest]>(NAMES.protect);
const restoreUpdate = defineUpdate<RestoreAnswer, [object?]>(NAMES.restore);
const renewUpdate = defineUpdate<RenewAnswer, [RenewRequest]>(NAMES.renew);

/** Answers everything that is asked about the end of a lease. */
export function listenForEnd(run: LeaseRun): void {
  handleUpdate(
    extendUpdate,
    (request) => extend(run, request),
    (request) => {
      checkExtend(request, Date.now());
      checkOpen(run);
    },
  );
  handleUpdate(
    terminateUpdate,
    (request?: TerminateRequest) => terminate(run, request),
    (request?: TerminateRequest) => {
      checkTerminate(request);
      checkUnprotected(run);
    },
  );
  handleUpdate(
    protectUpdate,
    (request) => protect(run, request),
    (request) => {
      checkFlag(request, 'protected');
      checkOpen(run);
    },
  );
  handleUpdate(
    restoreUpdate,
    () => restore(run),
    (request?: object) => {
      checkNothing(request);
      checkRestorable(run);
    },
  );
  handleUpdate(
    renewUpdate,
    (request) => renew(run, request),
    (request) => {
      checkFlag(request, 'auto');
      checkOpen(run);
      checkRenewable(run, request);
    },
  );
}

/** `term` counts from the present expiry, so that asking early loses nothing. */
async function extend(run: LeaseRun, request: ExtendRequest): Promise<ExtendAnswer> {
  await condition(() => run.memory.acquired !== undefined || run.handingOver);
  if (run.handingOver && run.memory.phase === 'leasing') throw asError(busy(run.number));
  const zoned = 'until' in request ? zonedOf(request.until) : undefined;
  const known = zoned === undefined ? undefined : await instantIn(zoned);
  checkOpen(run);
  const at = known ?? newDeadline(run, request);
  if (at === undefined) throw noTermToExtend();
  checkEnd('until' in request ? 'until' : 'term', at, Date.now());
  if (!isPeriodEnd(request) && run.input.terms.termMs !== undefined) delete run.memory.byPeriod;
  moveDeadline(run, at);
  const expiresAt = new Date(at).toISOString();
  run.note(`extended to ${expiresAt}`);
  return { expiresAt };
}

function newDeadline(run: LeaseRun, request: ExtendRequest): number | undefined {
  if ('term' in request) {
    const { expiresAt } = run.memory;
    const term = parseDuration(request.term);
    return expiresAt === undefined || term === undefined ? undefined : expiresAt + term;
  }
  const until = parseUntil(request.until);
  if (until && 'at' in until) return until.at;
  return periodDeadline(run, Date.now());
}

function isPeriodEnd(request: ExtendRequest): boolean {
  const until = 'until' in request ? parseUntil(request.until) : undefined;
  return until !== undefined && 'periodEnd' in until;
}

function zonedOf(text: string): string | undefined {
  const until = parseUntil(text);
  return until && 'zoned' in until ? until.zoned : undefined;
}

/** The rules of time zones come with the worker's Node: what they gave is kept in the history. */
async function instantIn(zoned: string): Promise<number> {
  const summary = 'which instant is that?';
  const at = await reads.readClockTime.executeWithOptions({ summary }, [zoned]);
  if (typeof at !== 'number')
    throw asError(failure('InvalidRequest', `until ${at.must}`, { field: 'until' }));
  if (at <= Date.now()) throw invalid('until', 'in the future', zoned);
  return at;
}

function terminate(run: LeaseRun, request?: TerminateRequest): TerminateAnswer {
  const { memory } = run;
  run.endsIn ??= askersTrace();
  if (request?.sameAccount === true) memory.accountVouched = true;
  const reason = request?.reason ?? 'terminated';
  if (request?.grace !== undefined) askToEnd(run, reason, parseGrace(request.grace));
  else if (!memory.grace) askToEnd(run, reason);
  if (memory.grace) return { state: 'grace', releasesAt: new Date(memory.grace.until).toISOString() };
  return { state: memory.phase === 'done' ? 'released' : 'terminating' };
}

function protect(run: LeaseRun, { protected: on }: ProtectRequest): ProtectAnswer {
  if (on !== isProtected(run)) run.note(on ? 'protected' : 'protection lifted');
  run.memory.protected = on;
  reconsider(run);
  return { protected: on };
}

function checkRestorable({ memory, number }: LeaseRun): void {
  if (memory.grace) return;
  const why = memory.ending ? `it is given back (${memory.ending.reason})` : 'it is in no grace period';
  throw asError(failure('LeaseNotActive', `the lease on ${number} cannot be restored: ${why}`));
}

/** A deadline that has passed is the next one now: restored to it, the lease would end again at once. */
function restore(run: LeaseRun): RestoreAnswer {
  const { memory } = run;
  delete memory.grace;
  memory.restored = true;
  const passed = memory.expiresAt !== undefined && memory.expiresAt <= Date.now();
  if (passed) moveDeadline(run, nextDeadline(run));
  else reconsider(run);
  const expiresAt = expiryOf(run);
  run.note(`restored, leased until ${expiresAt.expiresAt ?? 'told'}`);
  return { state: run.state, ...expiresAt };
}

function checkRenewable(run: LeaseRun, { auto }: RenewRequest): void {
  if (!auto || canRenew(run)) return;
  const message =
    'this lease has nothing to renew by: it has no term, and does not end with a billing period';
  throw asError(failure('InvalidRequest', message, { field: 'auto' }));
}

function renew(run: LeaseRun, { auto }: RenewRequest): RenewAnswer {
  run.memory.autoRenew = auto;
  run.note(auto ? 'renews itself from now on' : 'does not renew itself any more');
  reconsider(run);
  return { auto, ...expiryOf(run) };
}

function expiryOf({ memory }: LeaseRun): { expiresAt?: string } {
  return memory.expiresAt === undefined ? {} : { expiresAt: new Date(memory.expiresAt).toISOString() };
}
