import { ActivityFailure, setCurrentDetails, sleep } from '@temporalio/workflow';
import type { AccountSurvey, Suspect } from '../activities/survey-account.js';
import { parseDuration } from '../domain/duration.js';
import {
  CONFIRM_AFTER_MS,
  FINDING_KINDS,
  findingsOf,
  type Finding,
  type ReconcileCounts,
  type ReconcileReport,
  type ReconcileRequest,
} from '../domain/reconciliation.js';
import { accountSteps, answerOf } from './account-steps.js';
import { asError } from './checks.js';
import { actOn, type Done } from './reconcile-policies.js';
import { reads } from './steps.js';
import { waitAfter } from './until-answered.js';

const PAGE = 50;
const SHOWN = 200;
/** How often a number that the API does not answer for is asked for again in one pass. */
const ASKS = 3;
/** Where fewer leases than this are gone, half of them may be: people do release numbers by hand. */
const MANY = 3;

/**
 * One pass: compares what the account leases with who owns it, and tells. Nothing is believed at first sight, because
 * a run may be starting or ending in that very moment, and nothing is done where the account itself is in doubt.
 */
export async function reconcileLeases(request: ReconcileRequest = {}): Promise<ReconcileReport> {
  const startedAt = new Date().toISOString();
  const survey = await look(request);
  const { findings, unconfirmed } = await confirm(survey.suspects, request);
  const suspect = doubt(survey, findings);
  const done: Done =
    suspect === undefined ? await actOn(findings, request, survey.cut.orphan ?? 0) : { findings };
  const counts = countsOf(survey, done.findings, unconfirmed);
  const { stopped } = done;
  const report: ReconcileReport = {
    startedAt,
    endedAt: new Date().toISOString(),
    ...(suspect !== undefined && { suspect }),
    ...(stopped !== undefined && { stopped }),
    counts,
    findings: done.findings.slice(0, SHOWN),
    cut: findingsOf({ counts }) - Math.min(SHOWN, findings.length),
  };
  setCurrentDetails(detailsOf(report));
  await recount();
  await gauge(report);
  return report;
}

async function look(request: ReconcileRequest): Promise<AccountSurvey> {
  const summary = 'what is leased, and who owns it';
  const seen = await answerOf('reading what is leased', () =>
    accountSteps.surveyAccount.executeWithOptions({ summary }, [request]),
  );
  if ('failure' in seen) throw asError(seen.failure);
  return seen;
}

interface Confirmation {
  findings: Finding[];
  unconfirmed: number;
}

/** Looks again after a while, and once more at what the API did not answer for. */
async function confirm(suspects: Suspect[], { confirmAfter }: ReconcileRequest): Promise<Confirmation> {
  if (suspects.length === 0) return { findings: [], unconfirmed: 0 };
  const summary = `${suspects.length} numbers look wrong, looking again`;
  await sleep(parseDuration(confirmAfter) ?? CONFIRM_AFTER_MS, { summary });
  const findings: Finding[] = [];
  for (let at = 0; at < suspects.length; at += PAGE) {
    findings.push(...(await confirmPage(suspects.slice(at, at + PAGE))));
  }
  const before = suspects.reduce((sum, one) => sum + one.findings.length, 0);
  return { findings, unconfirmed: before - findings.length };
}

async function confirmPage(page: Suspect[]): Promise<Finding[]> {
  const findings: Finding[] = [];
  let open = page;
  for (let asked = 1; open.length > 0 && asked <= ASKS; asked += 1) {
    if (asked > 1) await sleep(waitAfter(asked), { summary: `${open.length} numbers have no answer yet` });
    const summary = `look again at ${open.length} numbers`;
    const seen = await accountSteps.confirmFindings.executeWithOptions({ summary }, [open]);
    const unanswered = new Set<string>();
    for (const one of seen) {
      if ('findings' in one) findings.push(...one.findings);
      else unanswered.add(one.number);
    }
    open = open.filter(({ number }) => unanswered.has(number));
  }
  return findings;
}

/** The right account shows most of what our runs hold: otherwise it is not the account to act upon. */
function doubt({ held, gone, elsewhere }: AccountSurvey, findings: Finding[]): string | undefined {
  if (elsewhere !== undefined) return elsewhere;
  if (!findings.some(({ kind }) => kind === 'ghost' || kind === 'stuck')) return undefined;
  const isMost = gone >= MANY && gone > held / 2;
  if (gone === 0 || (gone < held && !isMost)) return undefined;
  return `${gone} of the ${held} numbers that open runs hold are not leased any more: is this the right account?`;
}

function countsOf(survey: AccountSurvey, findings: Finding[], unconfirmed: number): ReconcileCounts {
  const { leased, owned, ignored, cut } = survey;
  const counts: ReconcileCounts = {
    leased,
    owned,
    ignored,
    unconfirmed,
    adopted: findings.filter(isAdopted).length,
    orphan: cut.orphan ?? 0,
    unclaimed: cut.unclaimed ?? 0,
    ghost: cut.ghost ?? 0,
    changed: cut.changed ?? 0,
    stuck: cut.stuck ?? 0,
  };
  for (const { kind } of findings) counts[kind] += 1;
  return counts;
}

function isAdopted({ kind, action }: Finding): boolean {
  return kind === 'orphan' && action !== undefined && action !== 'refused';
}

/** Runs that a person has killed still count in the spending limits. A pass is not lost where the book does not answer. */
async function recount(): Promise<void> {
  try {
    await accountSteps.recountSpending.executeWithOptions({ summary: 'count the spending limits anew' }, []);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
  }
}

/** A pass that is done is not lost because its figures could not be told. */
async function gauge({ counts, suspect }: ReconcileReport): Promise<void> {
  const told = { counts, suspect: suspect !== undefined, endedAt: Date.now() };
  try {
    await reads.gaugeFindings.executeWithOptions({ summary: 'tell the metrics' }, [told]);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
  }
}

function detailsOf({ counts, findings, suspect, stopped }: ReconcileReport): string {
  const kinds = FINDING_KINDS.map((kind) => `${counts[kind]} ${kind}`).join(', ');
  const head = `${counts.leased} numbers are leased, ${counts.owned} of them owned: ${kinds}`;
  const rows = findings
    .slice(0, 50)
    .map(({ kind, number, what, action = 'reported' }) => `- ${number} **${kind}**: ${what} (${action})`);
  const notes = [
    ...(suspect === undefined ? [] : [`**Not believed**: ${suspect}`, '']),
    ...(stopped === undefined ? [] : [`**Stopped**: ${stopped}`, '']),
  ];
  return [head, '', ...notes, ...rows].join('\n');
}
