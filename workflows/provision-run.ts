import {
  condition,
  continueAsNew,
  setCurrentDetails,
  upsertSearchAttributes,
  workflowInfo,
  type ApplicationFailure,
} from '@temporalio/workflow';
import type { Starts } from '../activities/acquire-number.js';
import type {
  Acquired,
  Candidate,
  Leased,
  ProvisionRequest,
  ProvisionState,
  ProvisionStatus,
} from '../domain/contract.js';
import { formatDuration } from '../domain/duration.js';
import type { Failure } from '../domain/failures.js';
import { labelEntries, labelsProblem, type Labels } from '../domain/labels.js';
import type { LeaseTerms, Offer } from '../domain/lease-input.js';
import { formatMoney } from '../domain/money.js';
import { LEASE_LABELS, LEASE_NUMBER, LEASE_REFERENCE, LEASE_STATE } from '../domain/search-attributes.js';
import { asError } from './checks.js';
import { isHistoryLong } from './long-history.js';
import { measureLease } from './telemetry.js';

/** A number that is tried, and on which terms. */
export interface Choice {
  offer: Offer;
  terms: LeaseTerms;
  /** The number's run that was started for it, as soon as that is known. */
  runId?: string;
  /** That run was started by an earlier attempt of the reference. */
  joins?: true;
  /** Epoch milliseconds; when its run was first asked. */
  since?: number;
}

/** What a provision knows when it goes on in a new run. */
export interface CarriedProvision extends ProvisionFacts {
  candidates: Candidate[];
  inHand?: Choice;
}

interface ProvisionFacts {
  /** Numbers that runs of this reference have leased, without the one in hand. */
  leased: string[];
  /** Lease calls that the vendor failed, and that turned out to have leased nothing. */
  vendorFaults: number;
  /** By worker that requested it, epoch milliseconds: until then a run of the number in hand may still start. */
  starts: Record<string, number>;
}

/** In place of a worker: an activity that was lost, or retried, does not say which workers have requested a start. */
const ANY_WORKER = 'any';

export type Refused = Extract<Acquired, { outcome: 'refused' }>;

/** One run of `provisionLease`: the candidates that it looked at, and how it tells the world. */
export class ProvisionRun {
  private state: ProvisionState = 'finding';
  private readonly candidates: Candidate[];
  private failure: Failure | undefined;
  private trouble: string | undefined;
  private next: string | undefined;
  readonly facts: ProvisionFacts;
  /** The number whose run may be leasing for us right now. */
  inHand: Choice | undefined;
  /** The number's run has said that there is an answer, since it was last asked. */
  isWoken = false;
  /** As given: the request of a program that we don't know may be anything. */
  private readonly reference: string;

  constructor(
    readonly request: ProvisionRequest,
    carried?: CarriedProvision,
  ) {
    this.candidates = carried?.candidates ?? [];
    this.inHand = carried?.inHand;
    const { leased = [], vendorFaults = 0, starts = {} } = carried ?? {};
    this.facts = { leased, vendorFaults, starts };
    const { reference = '', labels } = (request as Partial<ProvisionRequest> | null | undefined) ?? {};
    this.reference = typeof reference === 'string' ? reference : JSON.stringify(reference);
    // A program that started us with plain JSON set no search attributes: then we do.
    const { typedSearchAttributes } = workflowInfo();
    if (typedSearchAttributes.get(LEASE_STATE) !== undefined) return;
    upsertSearchAttributes([
      { key: LEASE_STATE, value: this.state },
      { key: LEASE_REFERENCE, value: this.reference },
      ...labelAttribute(labels),
    ]);
  }

  get tried(): string[] {
    return this.candidates.map(({ number }) => number);
  }

  get failures(): Failure[] {
    return this.candidates.flatMap(({ failure }) => (failure ? [failure] : []));
  }

  try(choice: Choice): void {
    const { offer } = choice;
    choice.since ??= Date.now();
    this.state = 'leasing';
    this.inHand = choice;
    const price = offer.price && `${formatMoney(offer.price.monthlyRate, offer.price.currency)} a month`;
    this.next = `asking the run of ${offer.number} to lease it${price === undefined ? '' : `, ${price}`}`;
    if (this.candidates.at(-1)?.outcome !== 'trying') {
      this.candidates.push({ number: offer.number, outcome: 'trying' });
    }
    this.show();
  }

  refused({ failure: why, blame, leased }: Refused): void {
    const candidate = this.candidates.at(-1);
    if (candidate) Object.assign(candidate, { outcome: 'refused', failure: why });
    if (leased && candidate) this.noteLeased([candidate.number]);
    if (blame === 'vendor') this.facts.vendorFaults += 1;
    this.inHand = undefined;
    this.facts.starts = {};
    this.state = 'finding';
    this.show();
  }

  /** @param starts what an ask tells of them; undefined: its activity was lost */
  noteStarts(starts: Starts | undefined, startBy: number): void {
    const { facts } = this;
    if (!starts || starts.retried) facts.starts[ANY_WORKER] = startBy;
    if (starts) facts.starts[starts.worker] = starts.underWay ? startBy : 0;
  }

  /** Epoch milliseconds: until then a run of the number in hand may start that nothing has shown yet. */
  get startsUntil(): number {
    return Math.max(0, ...Object.values(this.facts.starts));
  }

  noteLeased(numbers: string[]): void {
    this.facts.leased = [...new Set([...this.facts.leased, ...numbers])];
  }

  leased(lease: Leased): Leased {
    const candidate = this.candidates.at(-1);
    if (candidate) candidate.outcome = 'leased';
    this.next = undefined;
    this.finish('leased', lease.number);
    measureLease();
    return lease;
  }

  /** The failure to throw: it ends the request, and by now nothing is leased for it. */
  failed(why: Failure): ApplicationFailure {
    this.failure = why;
    this.finish('failed');
    return asError(why);
  }

  /** By now nothing is leased for it, or the number's run gives it back. */
  cancelled(): void {
    this.next = undefined;
    this.finish('failed');
  }

  /** A durable wait that says why, in the run's details and on its timer; ends early when `until` comes true. */
  async wait(milliseconds: number, why: string, until: () => boolean = () => false): Promise<void> {
    this.next = `${new Date(Date.now() + milliseconds).toISOString()}: ${why}`;
    this.show();
    await condition(until, milliseconds, { summary: `${why} (${formatDuration(milliseconds)})` });
    this.next = undefined;
  }

  /** Goes on in a new run where nothing is half done; an outage may last longer than a history may grow. */
  async continueAsNewIfNeeded(): Promise<void> {
    if (!isHistoryLong()) return;
    const { candidates, facts, inHand, request } = this;
    await continueAsNew<(request: ProvisionRequest, carried: CarriedProvision) => Promise<Leased>>(request, {
      ...facts,
      candidates,
      ...(inHand && { inHand }),
    });
  }

  attention(_: 'api', why: string): void {
    this.trouble = why;
    this.show();
  }

  calm(): void {
    this.trouble = undefined;
  }

  status(): ProvisionStatus {
    const number = this.candidates.findLast(({ outcome }) => outcome !== 'refused')?.number;
    return {
      state: this.state,
      candidates: this.candidates,
      ...(number !== undefined && { number }),
      ...(this.failure && { failure: this.failure }),
    };
  }

  show(): void {
    const rows = [
      `| | |`,
      `| --- | --- |`,
      `| Reference | \`${this.reference}\` |`,
      `| State | ${this.trouble === undefined ? this.state : `**${this.state}**: ${this.trouble}`} |`,
      ...(this.next === undefined ? [] : [`| Next | ${this.next} |`]),
      ...(this.failure ? [`| Failure | ${this.failure.message} |`] : []),
    ];
    const tried = this.candidates.map(
      ({ number, outcome, failure }) => `- ${number}: ${failure?.message ?? outcome}`,
    );
    setCurrentDetails([...rows, '', ...tried].join('\n'));
  }

  private finish(state: 'leased' | 'failed', number?: string): void {
    this.state = state;
    this.show();
    upsertSearchAttributes([
      { key: LEASE_STATE, value: state },
      ...(number === undefined ? [] : [{ key: LEASE_NUMBER, value: number }]),
    ]);
  }
}

/** Labels that are not right end the request at its first search; until then Temporal must not choke on them. */
function labelAttribute(labels: Labels | undefined) {
  const entries = labels === undefined || labelsProblem(labels) ? [] : labelEntries(labels);
  return entries.length > 0 ? [{ key: LEASE_LABELS, value: entries }] : [];
}
