import { setCurrentDetails, sleep, workflowInfo } from '@temporalio/workflow';
import type { AdoptPage, AdoptStep, ToAdopt } from '../activities/adopt-numbers.js';
import {
  adoptedReference,
  adoptTermsOf,
  type AdoptedNumber,
  type AdoptReport,
  type AdoptRequest,
} from '../domain/adoption.js';
import { exact } from '../domain/spending-totals.js';
import { accountSteps, answerOf, finalFailure } from './account-steps.js';
import { asError } from './checks.js';
import { waitAfter } from './until-answered.js';

const PAGE = 20;
const NUMBERS_AT_MOST = 10_000;
const SHOWN = 1_000;
/** How often a run that is still at it is asked again, before the answer is that it is still at it. */
const ASKS = 4;

/**
 * Has a run of its own take over each number that the account leases already. It only starts these runs and hears
 * what they say: from then on each number is in the hands of its run, whatever becomes of this one.
 */
export async function adoptNumbers(request: AdoptRequest): Promise<AdoptReport> {
  const summary = 'which numbers to adopt';
  const plan = await answerOf('reading what is leased', () =>
    accountSteps.planAdoption.executeWithOptions({ summary }, [request]),
  );
  if ('failure' in plan) throw asError(plan.failure);
  const report: AdoptReport = {
    counts: { adopted: 0, adopting: 0, adoptable: 0, refused: 0 },
    numbers: [],
    ...(request.dryRun === true && { monthly: {} }),
    ...(plan.owned !== undefined && { owned: plan.owned }),
  };
  const wanted = plan.numbers.slice(0, NUMBERS_AT_MOST);
  for (let at = 0; at < wanted.length; at += PAGE) {
    for (const one of await adoptPage(wanted.slice(at, at + PAGE), request)) note(report, one);
    setCurrentDetails(inWords(report, wanted.length));
  }
  return report;
}

/** Asks again for those that the API, or their run, has not answered yet. */
export async function adoptPage(numbers: ToAdopt[], request: AdoptRequest): Promise<AdoptedNumber[]> {
  const { referencePrefix, dryRun } = request;
  const provisionRunId = workflowInfo().firstExecutionRunId;
  const page: Omit<AdoptPage, 'numbers'> = {
    terms: adoptTermsOf(request),
    provisionRunId,
    ...(referencePrefix !== undefined && { referencePrefix }),
    ...(dryRun !== undefined && { dryRun }),
  };
  const settled: AdoptedNumber[] = [];
  let open = numbers;
  for (let asked = 1; open.length > 0; asked += 1) {
    const summary = `adopt ${open.length} numbers`;
    const steps = await accountSteps.adoptPage.executeWithOptions({ summary }, [{ ...page, numbers: open }]);
    const again = new Set<string>();
    for (const step of steps) {
      const one = settledOf(step, asked, referencePrefix);
      if (one) settled.push(one);
      else again.add(step.number);
    }
    open = open.filter(({ number }) => again.has(number));
    if (open.length > 0)
      await sleep(waitAfter(asked), { summary: `${open.length} numbers have no answer yet` });
  }
  return settled;
}

/** Undefined where it is worth asking again. */
function settledOf(step: AdoptStep, asked: number, prefix?: string): AdoptedNumber | undefined {
  if (step.outcome === 'adopting') return asked < ASKS ? undefined : step;
  if (step.outcome !== 'unanswered') return step;
  const { number } = step;
  const why = finalFailure(`${number} is not adopted`, step.call, asked);
  return why && { number, outcome: 'refused', reference: adoptedReference(number, prefix), failure: why };
}

function note(report: AdoptReport, one: AdoptedNumber): void {
  report.counts[one.outcome] += 1;
  if (report.numbers.length < SHOWN) report.numbers.push(one);
  const { price } = one.plan ?? {};
  if (!price || !report.monthly) return;
  const { currency, monthlyRate } = price;
  report.monthly[currency] = exact((report.monthly[currency] ?? 0) + monthlyRate);
}

function inWords({ counts, numbers }: AdoptReport, wanted: number): string {
  const sums = Object.entries(counts).map(([outcome, count]) => `${count} ${outcome}`);
  const refusals = numbers.flatMap(({ failure }) => (failure ? [`- ${failure.message}`] : []));
  return [`${wanted} numbers: ${sums.join(', ')}`, '', ...refusals.slice(0, 50)].join('\n');
}
