import { formatDuration } from '../../domain/duration.js';
import { formatMoney } from '../../domain/money.js';
import type { ExtendPlan, TerminatePlan } from '../../domain/plans.js';
import { months } from './plan-provision.js';
import { instant, table } from './tables.js';

export function terminatePlanInWords(plan: TerminatePlan): string {
  const { number, reference, leaseId, act, paid, lost, further, releasesAt, graceMs } = plan;
  const money = (amount: number) => formatMoney(amount, paid?.currency ?? '');
  const rows = [
    ['Number', number],
    ['Reference', reference],
    ['Lease', leaseId ?? 'none'],
    ['Ends by itself', instant(plan.expiresAt) || 'when told'],
    ['Protected', plan.protected ? 'yes' : 'no'],
    [
      'Paid until',
      paid ? `${instant(paid.until)}, ${money(paid.amount)} since ${instant(paid.from)}` : 'unknown',
    ],
    ['Texts waiting', plan.textsWaiting > 0 ? `${plan.textsWaiting}, which would be refused` : 'none'],
    ...(act === 'terminate' ? [['Goes back', goesBack(releasesAt, graceMs)]] : []),
    ...(further ? [['Further months', `${further.months}, ${money(further.amount)}`]] : []),
    ...(act === 'terminate' && lost !== undefined
      ? [['Lost', `${money(lost)} of what is paid, and the number`]]
      : []),
  ];
  return `${table([], rows)}\n${outcomeOf(plan)}`;
}

function goesBack(releasesAt: string | undefined, graceMs: number | undefined): string {
  if (graceMs === undefined) return 'at once, and cannot be undone';
  return `${instant(releasesAt)}, ${formatDuration(graceMs)} from now; until then it can be restored`;
}

function outcomeOf({ act, number, state }: TerminatePlan): string {
  if (act === 'nothing') return `${number} is ${state}: nothing more would be done.`;
  if (act === 'fail') return 'It would be refused. Nothing was changed.';
  return `${number} would be given back. Nothing was changed.`;
}

export function extendPlanInWords({ number, act, from, to, cost, paid }: ExtendPlan): string {
  const before = from === undefined ? 'until told' : `until ${instant(from)}`;
  if (act === 'fail') return `${number} is leased ${before}, which would stay. Nothing was changed.`;
  const money = cost
    ? `${months(cost.months)} more, ${formatMoney(cost.amount, cost.currency)}`
    : 'at a price that is unknown';
  const covered = paid ? `, paid until ${instant(paid.until)}` : '';
  return `${number} is leased ${before}${covered}. It would be leased until ${instant(to)}: ${money}. Nothing was changed.`;
}
