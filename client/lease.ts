import { randomUUID } from 'node:crypto';
import { WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, WorkflowNotFoundError } from '@temporalio/common';
import type {
  ExtendAnswer,
  ExtendRequest,
  LeaseResult,
  LeaseState,
  LeaseStatus,
  Message,
  ProtectAnswer,
  RenewAnswer,
  RenewRequest,
  ResolveAnswer,
  ResolveRequest,
  RestoreAnswer,
  SendAnswer,
  TerminateAnswer,
  TerminateRequest,
} from '../domain/contract.js';
import { NAMES } from '../domain/contract.js';
import { leaseId } from '../domain/ids.js';
import type { ExtendPlan, TerminatePlan } from '../domain/plans.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import { parseExtendRequest, parseMessage } from '../domain/request.js';
import { instantOf } from '../domain/zoned-time.js';
import { bounded, QUERY_LIMIT_MS, SEND_LIMIT_MS, untilAdmitted, WORKER_LIMIT_MS } from './calls.js';
import { ask, linkTo, type Context } from './context.js';
import { fromFailure, LeaseholdError, toLeaseholdError } from './errors.js';
import { awaitState, type WaitOptions } from './lease-state.js';
import { askForPlan } from './plan-lease.js';
import { newestChain, type Chain, type Owner } from './lease-chain.js';
import { stalledRun } from './stalled.js';
import { resultOf, withQueueNamed } from './task-queue.js';

/** A text to send. Without an `id` of the caller's own, sending it again is another text. */
export type OutgoingMessage = Omit<Message, 'id'> & { id?: string };

type ManageLease = () => Promise<LeaseResult>;

/**
 * One lease of a number. It stays with the lease that it first found, also when the number is given back and leased
 * by somebody else. Every method rejects with `LeaseholdError`.
 */
export class Lease {
  private chain: Promise<Chain> | undefined;

  constructor(
    protected readonly context: Context,
    readonly number: PhoneNumber,
    private owner?: Owner,
  ) {}

  /** Its page in the Temporal UI, where one is known. */
  get url(): string | undefined {
    return linkTo(this.context, leaseId(this.number));
  }

  /** Needs a worker, also after the release. */
  async status(): Promise<LeaseStatus> {
    const chain = await this.find();
    const status = await this.query(chain);
    if (status.reference === chain.reference) return status;
    this.owner = chain.owner; // the number was leased again since: our run is an older one
    this.chain = undefined;
    return this.query(await this.find());
  }

  /**
   * Sends a text once for its id and resolves when the vendor took it, or rejects with `MessageRefused`. The same id
   * gets the same answer, also after the release, and also where another text is given with it: that is not sent.
   */
  async send(text: OutgoingMessage): Promise<SendAnswer> {
    const message = checked(() => parseMessage({ id: randomUUID(), ...text }));
    const answer = await this.update<SendAnswer>(SEND_LIMIT_MS, NAMES.send, [message], message.id);
    if (answer) return answer;
    return sentBefore(await this.released(), message.id);
  }

  /** `term` counts from the present expiry; `until` is worded as in a request. */
  async extend(request: ExtendRequest): Promise<ExtendAnswer> {
    return this.change<ExtendAnswer>(
      NAMES.extend,
      checked(() => parseExtendRequest(request, Date.now())),
    );
  }

  /**
   * While it is on, `terminate` rejects with `LeaseProtected` and the deadline leaves the number alone.
   * @param on `false` lifts it
   */
  async protect(on = true): Promise<ProtectAnswer> {
    return this.change<ProtectAnswer>(NAMES.protect, { protected: on });
  }

  /**
   * Decides whose a disputed lease is, or that a release which the vendor never showed has happened.
   * Rejects with `InvalidRequest` where nothing is in dispute, or under another lease id.
   */
  async resolve(request: ResolveRequest): Promise<ResolveAnswer> {
    return this.change<ResolveAnswer>(NAMES.resolve, request);
  }

  /** Undoes a termination or an expiry in its grace period; later it rejects with `LeaseNotActive`. */
  async restore(): Promise<RestoreAnswer> {
    return this.change<RestoreAnswer>(NAMES.restore, {});
  }

  /** Whether the lease goes on by itself at its deadline: by its term, or by a billing period. */
  async renew(request: RenewRequest): Promise<RenewAnswer> {
    return this.change<RenewAnswer>(NAMES.renew, request);
  }

  /**
   * Resolves with the state as soon as it is one of these, also when it is already; needs no worker. It looks every
   * few seconds, so a state that lasts for less may be missed. Rejects with `TimedOut` after the timeout, and with
   * `LeaseNotActive` where the lease is over in another state.
   */
  async waitFor(states: LeaseState | LeaseState[], options: WaitOptions = {}): Promise<LeaseState> {
    const { owner } = await this.find();
    return awaitState(this.context, this.number, owner, [states].flat(), options);
  }

  /** Resolves as soon as the run knows; `released()` tells when the release is proven. */
  async terminate(request: TerminateRequest = {}): Promise<TerminateAnswer> {
    const args: [TerminateRequest] = [request];
    const answer = await this.update<TerminateAnswer>(WORKER_LIMIT_MS, NAMES.terminate, args);
    return answer ?? { state: 'released' };
  }

  /** What `terminate` would do now: what is lost, when the number would go, what forbids it. Changes nothing. */
  async planTerminate(request: TerminateRequest = {}): Promise<TerminatePlan> {
    return this.plan<TerminatePlan>(NAMES.planTerminate, request);
  }

  /** What `extend` would do now: both deadlines, and what lies between them costs. Changes nothing. */
  async planExtend(request: ExtendRequest): Promise<ExtendPlan> {
    const valid = checked(() => parseExtendRequest(request, Date.now()));
    const instant = 'until' in valid ? instantOf(valid.until) : undefined;
    const asked = typeof instant === 'number' ? { until: new Date(instant).toISOString() } : valid;
    return this.plan<ExtendPlan>(NAMES.planExtend, asked);
  }

  /** Why its run makes no progress, as where its workflow tasks fail; undefined where it does. Needs no worker. */
  async whyStalled(): Promise<string | undefined> {
    const { context } = this;
    const run = { workflowId: leaseId(this.number) };
    return (await ask(context, () => stalledRun(context.client, run)))?.why;
  }

  /** Resolves when the number is proven released: days later, where the lease runs for days. */
  async released(): Promise<LeaseResult> {
    return resultOf(this.context, this.handle(await this.find()));
  }

  private async plan<Plan extends TerminatePlan | ExtendPlan>(
    name: string,
    request: TerminateRequest | ExtendRequest,
  ): Promise<Plan> {
    return askForPlan<Plan>(this.context, this.number, await this.find(), name, request);
  }

  private async change<Answer>(name: string, request: object): Promise<Answer> {
    const answer = await this.update<Answer>(WORKER_LIMIT_MS, name, [request]);
    if (answer) return answer;
    throw ended(await this.released());
  }

  /** The update's answer; undefined where the run is over. */
  private async update<Answer>(
    limitMs: number,
    name: string,
    args: [unknown],
    updateId: string = randomUUID(),
  ): Promise<Answer | undefined> {
    const handle = this.handle(await this.find());
    const update = async (): Promise<Answer | undefined> => {
      try {
        return await handle.executeUpdate<Answer, [unknown]>(name, { args, updateId });
      } catch (error) {
        if (error instanceof WorkflowNotFoundError || isClosedUnder(error)) return undefined;
        throw error;
      }
    };
    const { context } = this;
    return withQueueNamed(context, handle, () => untilAdmitted(context.client.connection, limitMs, update));
  }

  private query({ lastRunId }: Chain): Promise<LeaseStatus> {
    const handle = this.context.client.workflow.getHandle<ManageLease>(leaseId(this.number), lastRunId);
    const query = () => handle.query<LeaseStatus>(NAMES.status);
    const { context } = this;
    return withQueueNamed(context, handle, () => bounded(context.client.connection, QUERY_LIMIT_MS, query));
  }

  private handle({ firstExecutionRunId }: Chain): WorkflowHandle<ManageLease> {
    return this.context.client.workflow.getHandle<ManageLease>(leaseId(this.number), undefined, {
      firstExecutionRunId,
    });
  }

  private find(): Promise<Chain> {
    this.chain ??= newestChain(this.context, this.number, this.owner);
    this.chain.catch(() => (this.chain = undefined)); // asked again, it looks again
    return this.chain;
  }
}

/** The run ended while the update was under way. */
function isClosedUnder(error: unknown): boolean {
  return (
    error instanceof WorkflowUpdateFailedError &&
    error.cause instanceof ApplicationFailure &&
    error.cause.type === 'AcceptedUpdateCompletedWorkflow'
  );
}

function sentBefore(result: LeaseResult, id: string): SendAnswer {
  const record = result.messages.find((message) => message.id === id);
  if (record?.failure) throw fromFailure(record.failure);
  if (record?.outcome !== 'sent' && record?.outcome !== 'unknown') throw ended(result);
  const { outcome, messageId } = record;
  return { id, outcome, ...(messageId !== undefined && { messageId }) };
}

function ended({ number, reason, releasedAt, releasedBy, reference }: LeaseResult): LeaseholdError {
  const released =
    releasedAt === null ? 'nothing was leased' : `released ${releasedAt} by ${releasedBy ?? 'us'}`;
  return new LeaseholdError(
    'LeaseNotActive',
    `the lease on ${number} for reference "${reference}" is over (${released}): ${reason}`,
  );
}

/** A check of ours, with errors in our words. */
export function checked<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    throw toLeaseholdError(error);
  }
}
