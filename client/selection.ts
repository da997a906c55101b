import type { ExtendAnswer, ExtendRequest, TerminateAnswer, TerminateRequest } from '../domain/contract.js';
import { listRuns } from '../activities/read-runs.js';
import type { LeaseMemo } from '../domain/contract.js';
import { NAMES } from '../domain/contract.js';
import { failure, type Failure } from '../domain/failures.js';
import type { Labels } from '../domain/labels.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import type { ExtendPlan, TerminatePlan } from '../domain/plans.js';
import { parseExtendRequest } from '../domain/request.js';
import { isOpenStatus } from '../domain/run-status.js';
import type { Context } from './context.js';
import { fromFailure, grpcFacts, toLeaseholdError, type ErrorType } from './errors.js';
import { checked, Lease } from './lease.js';
import { checkLabels, hasLabels, queryOf, summary, type LeaseSummary } from './list.js';

/** Which open leases are meant: at least one of the two, and both must fit where both are given. */
export interface SelectOptions {
  /** Every one of these must be on the lease. */
  labels?: Labels;
  /** Of Temporal's list filter, over the search attributes: `LeaseMonthlyRate > 10 AND LeaseState = 'active'`. */
  query?: string;
}

/** Whole units by currency; `unknown` where no run told it. */
export type Sums = Record<string, number>;

export interface PlannedLease<Plan> {
  number: PhoneNumber;
  reference: string;
  plan?: Plan;
  /** Why nothing would be done. */
  failure?: ActFailure;
}

/** What an act would do to all that is selected. */
export interface BulkPlan<Plan> {
  /** Leases that are selected, and those of them with which nothing would be done. */
  count: number;
  refused: number;
  /** What those cost a month with which something would be done. */
  monthly: Sums;
  /** Of a termination: what is paid already and lost. Of an extension: what is paid with it and not without it. */
  money: Sums;
  leases: PlannedLease<Plan>[];
}

export interface ActFailure {
  type: ErrorType;
  message: string;
}

/** What an act came to: `done` with its answer, or `refused` and nothing was changed. */
export interface BulkReport<Answer> {
  counts: { done: number; refused: number };
  leases: {
    number: PhoneNumber;
    reference: string;
    outcome: 'done' | 'refused';
    answer?: Answer;
    failure?: ActFailure;
  }[];
}

export interface BulkOptions {
  /** Called after each lease. */
  onProgress?: (done: number, of: number) => void;
}

const MOST_LEASES = 10_000;
/** Each one is a task for a worker. */
const AT_ONCE = 10;
const LARGEST_PAGE = 200;
const INVALID_ARGUMENT = 3;

interface Selected {
  summary: LeaseSummary;
  lease: Lease;
}

/** The open leases that fit, as Temporal lists them now: one that began a moment ago may be missing. */
export async function selectLeases(context: Context, options: SelectOptions): Promise<LeaseSelection> {
  const { labels = {}, query } = options;
  checkLabels(labels);
  if (Object.keys(labels).length === 0 && (query ?? '').trim() === '') {
    throw invalid('labels', 'labels or query is needed: nothing is done to all leases by leaving both out');
  }
  const selected: Selected[] = [];
  try {
    for await (const one of openLeases(context, { labels, ...(query !== undefined && { query }) })) {
      selected.push(one);
      if (selected.length > MOST_LEASES)
        throw invalid('query', `more than ${MOST_LEASES} leases fit: ask for fewer`);
    }
  } catch (error) {
    if (query === undefined || grpcFacts(error).code !== INVALID_ARGUMENT) throw toLeaseholdError(error);
    throw invalid('query', `query must be a list filter of Temporal's: ${grpcFacts(error).text}`);
  }
  return new LeaseSelection(selected);
}

/** A query may say more than it seems to: what is no open lease, or lacks a label, is never touched. */
async function* openLeases(
  context: Context,
  { labels = {}, query }: SelectOptions,
): AsyncGenerator<Selected> {
  const all = queryOf({ labels });
  const filter = query === undefined ? all : `${all} AND (${query})`;
  for await (const run of listRuns(context.client, filter, LARGEST_PAGE)) {
    if (run.type !== NAMES.manageLease || !isOpenStatus(run.status.name)) continue;
    const one = summary(context, run);
    if (!hasLabels(one, labels)) continue;
    const { provisionRunId = '' }: Partial<LeaseMemo> = run.memo ?? {};
    yield { summary: one, lease: new Lease(context, one.number, { provisionRunId }) };
  }
}

/** Leases that something is to be done with. It stays with these very leases, whatever happens to their numbers. */
export class LeaseSelection {
  constructor(private readonly selected: readonly Selected[]) {}

  get leases(): LeaseSummary[] {
    return this.selected.map((each) => each.summary);
  }

  /** What `terminate` would do now. Needs a worker; changes nothing. */
  planTerminate(request: TerminateRequest = {}, options: BulkOptions = {}): Promise<BulkPlan<TerminatePlan>> {
    return this.plan(
      options,
      (lease) => lease.planTerminate(request),
      ({ paid, lost, act }) =>
        act === 'terminate' && paid && lost !== undefined ? [paid.currency, lost] : undefined,
    );
  }

  /** What `extend` would do now. Needs a worker; changes nothing. */
  planExtend(request: ExtendRequest, options: BulkOptions = {}): Promise<BulkPlan<ExtendPlan>> {
    return this.plan(
      options,
      (lease) => lease.planExtend(request),
      ({ cost, act }) => (act === 'extend' && cost ? [cost.currency, cost.amount] : undefined),
    );
  }

  /** Gives all of them back, some at a time. A protected one is refused and stays. */
  terminate(request: TerminateRequest = {}, options: BulkOptions = {}): Promise<BulkReport<TerminateAnswer>> {
    return this.act(options, (lease) => lease.terminate(request));
  }

  /** `term` counts from each lease's own expiry: asked for again, it extends again. `until` does not. */
  async extend(request: ExtendRequest, options: BulkOptions = {}): Promise<BulkReport<ExtendAnswer>> {
    checked(() => parseExtendRequest(request, Date.now()));
    return this.act(options, (lease) => lease.extend(request));
  }

  private async plan<Plan extends TerminatePlan | ExtendPlan>(
    options: BulkOptions,
    ask: (lease: Lease) => Promise<Plan>,
    moneyOf: (plan: Plan) => [string, number] | undefined,
  ): Promise<BulkPlan<Plan>> {
    const asked = await this.each(options, ask);
    const monthly: Sums = {};
    const money: Sums = {};
    const leases = asked.map(({ lease, answer: plan, failure: unasked }): PlannedLease<Plan> => {
      const { number, reference, monthlyRate } = lease;
      if (plan && isAct(plan))
        add(monthly, plan.paid?.currency ?? 'unknown', plan.paid?.amount ?? monthlyRate);
      const sum = plan && moneyOf(plan);
      if (sum) add(money, ...sum);
      const why = unasked ?? plan?.failure;
      return { number, reference, ...(plan && { plan }), ...(why && { failure: why }) };
    });
    const refused = leases.filter((each) => each.failure).length;
    return { count: leases.length, refused, monthly, money, leases };
  }

  private async act<Answer>(
    options: BulkOptions,
    change: (lease: Lease) => Promise<Answer>,
  ): Promise<BulkReport<Answer>> {
    const done = await this.each(options, change);
    const leases = done.map(({ lease: { number, reference }, ...came }) => ({
      number,
      reference,
      outcome: came.failure ? ('refused' as const) : ('done' as const),
      ...came,
    }));
    const refused = leases.filter(({ outcome }) => outcome === 'refused').length;
    return { counts: { done: leases.length - refused, refused }, leases };
  }

  /** The same with each, so many at a time; one that fails holds up no other. */
  private async each<T>(
    { onProgress }: BulkOptions,
    work: (lease: Lease) => Promise<T>,
  ): Promise<{ lease: LeaseSummary; answer?: T; failure?: ActFailure }[]> {
    const results: { lease: LeaseSummary; answer?: T; failure?: ActFailure }[] = [];
    const queue = this.selected.entries();
    let done = 0;
    const lane = async (): Promise<void> => {
      for (const [at, { summary: lease, lease: handle }] of queue) {
        results[at] = await work(handle).then(
          (answer) => ({ lease, answer }),
          (error: unknown) => ({ lease, failure: factsOf(error) }),
        );
        done += 1;
        onProgress?.(done, this.selected.length);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    return results;
  }
}

function factsOf(error: unknown): ActFailure {
  const { type, message } = toLeaseholdError(error);
  return { type, message };
}

function isAct({ act }: TerminatePlan | ExtendPlan): boolean {
  return act === 'terminate' || act === 'extend';
}

function add(sums: Sums, currency: string, amount = 0): void {
  sums[currency] = Math.round(((sums[currency] ?? 0) + amount) * 100) / 100;
}

function invalid(field: string, message: string) {
  const why: Failure = failure('InvalidRequest', message, { field });
  return fromFailure(why);
}
