import pc from 'picocolors';
import {
  FINDING_KINDS,
  findingsOf,
  type Finding,
  type ReconcileReport,
} from '../../domain/reconciliation.js';
import type { ReconcileSchedule } from '../reconcile-schedule.js';
import { instant, table } from './tables.js';

/** What a pass found, for people. */
export function inWords(report: ReconcileReport): string {
  const { counts, findings, cut, suspect, stopped } = report;
  const lines: string[] = [];
  if (findings.length > 0) lines.push(table(['Number', 'Finding', 'What', 'Done'], findings.map(row)));
  if (cut > 0) lines.push(`and ${cut} more`);
  if (suspect !== undefined) lines.push(`${pc.red('Not believed')}: ${suspect} Nothing was done.`);
  if (stopped !== undefined) lines.push(`${pc.red('Stopped')}: ${stopped}`);
  const kinds = FINDING_KINDS.filter((kind) => counts[kind] > 0).map((kind) => `${counts[kind]} ${kind}`);
  const ignored = counts.ignored > 0 ? ` ${counts.ignored} ignored.` : '';
  const unconfirmed =
    counts.unconfirmed > 0 ? ` ${counts.unconfirmed} not confirmed at the second look.` : '';
  const found = kinds.join(', ') || 'nothing found';
  lines.push(`${counts.leased} leased, ${counts.owned} owned: ${found}.${ignored}${unconfirmed}`);
  return lines.join('\n');
}

/** The Schedule in one line. */
export function scheduleInWords({ every, request, paused, nextAt, runningSince }: ReconcileSchedule): string {
  const { orphan = 'report', unclaimed = 'report', ghost = 'report' } = request.policies ?? {};
  const state = paused ? pc.yellow('paused') : `next at ${instant(nextAt)}`;
  const under = runningSince === undefined ? '' : `, a pass is under way since ${instant(runningSince)}`;
  return `Every ${every}, orphans: ${orphan}, unclaimed: ${unclaimed}, ghosts: ${ghost}; ${state}${under}.`;
}

/** What the last pass found, and when the next one is due. */
export function lastInWords(schedule: ReconcileSchedule): string {
  const { last } = schedule;
  const words = scheduleInWords(schedule);
  if (!last) return `No pass has ended yet. ${words}`;
  const { report, failure, startedAt, url } = last;
  const found = report ? inWords(report) : `${pc.red('It failed')}: ${failure?.message ?? 'no report'}`;
  return [`The pass of ${instant(startedAt)}`, found, words, ...(url === undefined ? [] : [url])].join('\n');
}

/** One line of what should be looked at; undefined where all is in order. */
export function summaryOf(report: ReconcileReport): string | undefined {
  const found = findingsOf(report);
  if (found === 0 && report.suspect === undefined) return undefined;
  if (report.suspect !== undefined) return `the account is in doubt: ${report.suspect}`;
  return `${found} ${found === 1 ? 'finding' : 'findings'}`;
}

function row({ number, kind, what, action, failure }: Finding): string[] {
  return [number, kind, what, failure ? failure.message : (action ?? 'reported')];
}
