import {
  allHandlersFinished,
  condition,
  continueAsNew,
  setCurrentDetails,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { LeaseConfirmed } from '../activities/lease-number.js';
import type {
  Attention,
  AttentionKind,
  Blame,
  LeaseResult,
  LeaseState,
  LeaseStatus,
} from '../domain/contract.js';
import { formatDuration } from '../domain/duration.js';
import type { Failure } from '../domain/failures.js';
import type { LeaseMemory, ManageLeaseInput, OwnLease } from '../domain/lease-input.js';
import { overLimit } from '../domain/money.js';
import { LEASE_EXPIRES_AT, LEASE_MONTHLY_RATE, LEASE_STATE } from '../domain/search-attributes.js';
import { allAnnounced, announceState } from './announce.js';
import { nextStep, stateWhileActive, standing } from './deadline-plan.js';
import { DeliveryBook } from './delivery-book.js';
import { detailsOf } from './details.js';
import { healthOf } from './health.js';
import { isHistoryLong } from './long-history.js';
import { MessageBook, recordOf } from './message-book.js';
import { doubtLeaseCalls } from './ownership.js';
import { doubtTexts } from './text-doubts.js';
import type { Trace } from './trace.js';

/** How many entries of the log and of the messages a status shows. */
const SHOWN = 100;

/** The most pressing kind first: a run shows one. */
const ATTENTION: Record<AttentionKind, (number: string) => string> = {
  disputed: (number) =>
    `find out whose lease it is, then: leasehold resolve ${number} --ours|--not-ours --lease <id>`,
  pending: () => 'ask the vendor why the lease does not become active, or terminate it',
  api: () => 'see to the API key and to the vendor; the run retries by itself',
  release: (number) =>
    `ask the vendor; after a day without proof: leasehold resolve ${number} --released --lease <id>`,
  deadline: (number) => `extend the lease, or lift its protection: leasehold protect ${number} --off`,
};

/** One run of `manageLease`: what it remembers, and how it tells the world. The phases of a lease work on it. */
export class LeaseRun {
  readonly memory: LeaseMemory;
  /** When it acts next by itself, and why; several waits may go on side by side. */
  private readonly wakes = new Set<{ at: number; why: string }>();
  /** The worker saw something that this run waits for. */
  isWoken = false;
  /** A new run is about to take over: nothing new is begun in this one. */
  handingOver = false;
  /** Whose trace each queued text belongs to, and the termination; only within this run, and only where there is one. */
  readonly traces = new Map<string, Trace>();
  endsIn: Trace | undefined;
  /** Events on their way to a run of their own. */
  readonly announcements: Promise<void>[] = [];
  readonly messages: MessageBook;
  readonly deliveries: DeliveryBook;
  private shownState: LeaseState | undefined;

  constructor(readonly input: ManageLeaseInput) {
    this.memory = input.carried ?? blankMemory(input);
    this.messages = new MessageBook(this.memory, (text) => this.note(text));
    this.deliveries = new DeliveryBook(this.memory);
    this.shownState = this.state;
    this.show();
  }

  get number(): string {
    return this.input.offer.number;
  }

  /** The lease that is ours; only asked for once there is one. */
  get lease(): OwnLease {
    if (!this.memory.lease) throw new TypeError('asked for the lease before there is one');
    return this.memory.lease;
  }

  get state(): LeaseState {
    const { phase } = this.memory;
    if (phase === 'done') return 'released';
    if (this.trouble !== undefined) return 'attention';
    if (phase === 'active') return stateWhileActive(this.memory);
    return phase === 'releasing' ? 'terminating' : phase;
  }

  /** From now on this lease is the one that is ours. */
  own({ account, leaseId, billing }: LeaseConfirmed): void {
    this.memory.lease = { leaseId, billing, knownAt: Date.now() };
    this.memory.account = account;
    this.note(`leased as ${leaseId}`);
  }

  /** The number goes back as soon as it is safe; the first reason stands. */
  end(reason: string): void {
    if (this.memory.ending || this.memory.phase === 'done') return;
    delete this.memory.grace;
    this.memory.ending = { reason, at: Date.now() };
    this.note(`ending: ${reason}`);
  }

  /** Nothing new is begun; in a grace period only until somebody restores it. */
  isEnding(): boolean {
    return this.memory.ending !== undefined || this.memory.grace !== undefined;
  }

  /** Answers the provision that waits for this number. */
  refuse(failure: Failure, blame?: Blame): void {
    const leased = this.memory.lease && { leased: true as const };
    this.memory.acquired ??= { outcome: 'refused', failure, ...(blame && { blame }), ...leased };
    this.end(failure.message);
  }

  enter(phase: LeaseMemory['phase']): void {
    this.memory.phase = phase;
    this.publish();
  }

  /** Says that somebody should look; the run goes on all the same. */
  attention(trouble: AttentionKind, why: string): void {
    if (this.memory.troubles[trouble] === why) return;
    this.memory.troubles[trouble] = why;
    this.note(`attention: ${why}`);
    this.publish();
  }

  calm(trouble: AttentionKind): void {
    if (this.memory.troubles[trouble] === undefined) return;
    this.memory.troubles = { ...this.memory.troubles, [trouble]: undefined };
    this.note('that is over');
    this.publish();
  }

  get trouble(): Attention | undefined {
    for (const [kind, nextStep] of Object.entries(ATTENTION) as [
      AttentionKind,
      (number: string) => string,
    ][]) {
      const message = this.memory.troubles[kind];
      if (message !== undefined) return { kind, message, nextStep: nextStep(this.number) };
    }
    return undefined;
  }

  /** What a request that changes something at the vendor is compared with, to see that the history was taken back. */
  get knownRunId(): string | undefined {
    const { firstExecutionRunId, continuedFromExecutionRunId } = workflowInfo();
    return this.memory.runId ?? (continuedFromExecutionRunId === undefined ? firstExecutionRunId : undefined);
  }

  /**
   * The history was taken back, by a reset or by the restore of an older backup, and the vendor's state was not: whatever
   * the run may have done since is settled by reading.
   * @param runId of this run since a reset
   */
  doubtHistory(why: string, runId?: string): void {
    const { memory } = this;
    if (runId !== undefined) memory.runId = runId;
    doubtTexts(this);
    this.note(`${why}: what was done since is settled by reading`);
    if (memory.phase === 'leasing') doubtLeaseCalls(this, why);
    else if (memory.calls) memory.calls.freeBefore = false;
  }

  note(text: string): void {
    const { log } = this.memory;
    log.push({ at: new Date().toISOString(), text });
    if (log.length > SHOWN) log.splice(0, log.length - SHOWN);
    this.show();
  }

  /** A durable wait that says why, in the run's details and on its timer; ends early when `until` comes true. */
  async wait(milliseconds: number, why: string, until?: () => boolean): Promise<void> {
    const wake = { at: Date.now() + milliseconds, why };
    this.wakes.add(wake);
    this.show();
    const summary = `${why} (${formatDuration(milliseconds)})`;
    await (until ? condition(until, milliseconds, { summary }) : sleep(milliseconds, { summary }));
    this.wakes.delete(wake);
  }

  /** Goes on in a new run; called where nothing is half done. Updates that wait are answered `Busy` or `pending` first. */
  async continueAsNewIfNeeded(): Promise<void> {
    if (!isHistoryLong()) return;
    this.handingOver = true;
    this.show();
    await condition(allHandlersFinished);
    await allAnnounced(this);
    delete this.memory.runId; // of this run
    await continueAsNew<(input: ManageLeaseInput) => Promise<LeaseResult>>({
      ...this.input,
      messages: [],
      carried: this.memory,
    });
  }

  /** @param at undefined: leased until told */
  setExpiry(at: number | undefined): void {
    if (at === undefined) delete this.memory.expiresAt;
    else this.memory.expiresAt = at;
    upsertSearchAttributes([{ key: LEASE_EXPIRES_AT, value: at === undefined ? null : new Date(at) }]);
    this.show();
  }

  /** State, expiry and price in one go: each such call is an action that costs money. */
  publish(): void {
    this.show();
    if (this.state === this.shownState) return;
    this.shownState = this.state;
    announceState(this);
    const { phase, expiresAt, lease } = this.memory;
    const rate = lease?.billing.price?.monthlyRate ?? this.input.offer.price?.monthlyRate;
    upsertSearchAttributes([
      { key: LEASE_STATE, value: this.state },
      ...(phase === 'active' && expiresAt !== undefined
        ? [{ key: LEASE_EXPIRES_AT, value: new Date(expiresAt) }]
        : []),
      ...(phase === 'active' && rate !== undefined ? [{ key: LEASE_MONTHLY_RATE, value: rate }] : []),
    ]);
  }

  /** When the run acts next by itself, and why. */
  get wake(): { at: number; why: string } | undefined {
    const { phase, ending } = this.memory;
    const [soonest] = [...this.wakes].sort((a, b) => a.at - b.at);
    return soonest ?? (phase === 'active' && !ending ? nextStep(this) : undefined);
  }

  show(): void {
    setCurrentDetails(detailsOf(this.status(), this.input));
  }

  /** Why what the vendor charges is over the limits; undefined where it is not, or where it names no price again. */
  overCharged(lease: OwnLease): string | undefined {
    const price = lease.billing.price ?? this.input.offer.price;
    return overLimit(price, this.input.terms.limits);
  }

  status(): LeaseStatus {
    const { memory, wake } = this;
    const health = healthOf(this);
    return {
      state: this.state,
      ...(this.trouble !== undefined && { attention: this.trouble }),
      number: this.number,
      leaseId: memory.lease?.leaseId ?? null,
      reference: this.input.reference,
      ...(this.input.labels && { labels: this.input.labels }),
      billing: memory.lease?.billing ?? null,
      leasedAt: iso(memory.leasedAt),
      ...(memory.expiresAt !== undefined && { expiresAt: new Date(memory.expiresAt).toISOString() }),
      ...standing(this),
      ...(health && { health }),
      ...(wake && { nextWake: { at: new Date(wake.at).toISOString(), why: wake.why } }),
      messages: this.messages.latest(SHOWN),
      counts: memory.counts,
      polls: memory.polls,
      log: memory.log,
    };
  }

  result(): LeaseResult {
    const { memory } = this;
    if (!memory.acquired) throw new TypeError('a run ended without an answer to its provision');
    return {
      number: this.number,
      leaseId: memory.lease?.leaseId ?? null,
      reference: this.input.reference,
      ...(this.input.labels && { labels: this.input.labels }),
      messages: this.messages.latest(SHOWN),
      counts: memory.counts,
      terminatedAt: iso(memory.terminatedAt),
      releasedAt: iso(memory.releasedAt),
      releasedBy: memory.releasedBy ?? null,
      reason: memory.ending?.reason ?? 'ended',
      polls: memory.polls,
      acquired: memory.acquired,
    };
  }
}

function iso(at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString();
}

function blankMemory({ messages, terms, account }: ManageLeaseInput): LeaseMemory {
  return {
    phase: 'leasing',
    account,
    failedCalls: 0,
    startedAt: Date.now(),
    terminateDoubtUntil: 0,
    queue: [...messages],
    messages: messages.map(recordOf),
    doubts: [],
    counts: { queued: messages.length, sent: 0, unknown: 0, refused: 0 },
    troubles: {},
    substituted: false,
    pacing: { tokens: terms.pacing.burst, at: Date.now() },
    awaited: [],
    announced: 0,
    optOuts: {},
    polls: 0,
    log: [],
  };
}
