import { formatMoney } from '../../domain/money.js';
import type { PlannedCandidate, PlannedCost, PlannedRoom, ProvisionPlan } from '../../domain/plans.js';
import { instant, monthly, table, upfront } from './tables.js';

/** A plan for a person: what would be taken, what it costs, what stands in the way. */
export function provisionPlanInWords(plan: ProvisionPlan): string {
  const { candidates, room, entitlements } = plan;
  return [
    ...(candidates.length > 0 ? [candidateTable(candidates)] : []),
    ...(room ? [roomTable(room.scopes)] : []),
    ...(room?.counted === 'open leases' ? ['(No spending book runs: the open leases were counted.)'] : []),
    ...lackingOf(entitlements ?? [], candidates),
    outcomeOf(plan),
    'Nothing was leased or reserved.',
  ].join('\n');
}

function outcomeOf({ act, reference, number = '', leaseId = '', cost, expiresAt }: ProvisionPlan): string {
  if (act === 'answer')
    return `Reference ${reference} has ${number} already, as ${leaseId}: it costs nothing more.`;
  if (act === 'join') {
    const at = number ? `, at ${number} now` : '';
    return `A run for reference ${reference} is under way${at}: it would be joined, and costs nothing more.`;
  }
  if (act === 'fail') return 'The provision would fail.';
  const end = expiresAt === undefined ? 'until told' : `until ${instant(expiresAt)}`;
  return `${number} would be leased ${end}: ${costInWords(cost)}`;
}

function costInWords(cost: PlannedCost | undefined): string {
  if (!cost) return 'its price is unknown.';
  const { currency, now, upfrontFee, monthlyRate, untilEnd } = cost;
  const money = (amount: number) => formatMoney(amount, currency);
  const parts = `${money(upfrontFee)} upfront and ${money(monthlyRate)} for the first month`;
  const all = untilEnd ? ` ${money(untilEnd.total)} in all (${months(untilEnd.months)}).` : '';
  return `${money(now)} now (${parts}), ${money(monthlyRate)} a month.${all}`;
}

export function months(count: number): string {
  return `${count} ${Math.abs(count) === 1 ? 'month' : 'months'}`;
}

function candidateTable(candidates: PlannedCandidate[]): string {
  const rows = candidates.map(({ number, price, requirements, plan, failure }) => [
    number,
    upfront(price),
    monthly(price),
    requirements.map(requirement).join(' '),
    failure?.message ?? (plan === 'take' ? 'would be taken' : 'next, if that one is refused'),
  ]);
  return table(['Number', 'Upfront', 'A month', 'Needs', 'Outcome'], rows);
}

function requirement({ name, met }: PlannedCandidate['requirements'][number]): string {
  const word = met === null ? 'not known' : met ? 'met' : 'not met';
  return `${name.replace(/_required$/, '')} (${word})`;
}

function roomTable(scopes: PlannedRoom[]): string {
  const rows = scopes.map(({ now, left }) => {
    const { currency = '', maxLeases, maxMonthly, maxUpfront } = now;
    const of = (used: number, most: number, rest = 0) =>
      `${formatMoney(used, currency)} of ${formatMoney(most, currency)}, then ${formatMoney(rest, currency)} left`;
    return [
      now.scope,
      maxLeases === undefined
        ? String(now.leases)
        : `${now.leases} of ${maxLeases}, then ${left.leases ?? 0} left`,
      maxMonthly === undefined ? 'not limited' : of(now.monthly[currency] ?? 0, maxMonthly, left.monthly),
      maxUpfront ? of(now.upfront ?? 0, maxUpfront.amount, left.upfront) : 'not limited',
    ];
  });
  return table(['Limits of', 'Leases', 'A month', 'Upfront fees'], rows);
}

/** Of what the account lacks only what matters here: without `lease` nothing works. */
function lackingOf(
  entitlements: { name: string; status: string }[],
  candidates: PlannedCandidate[],
): string[] {
  const required = candidates.flatMap(({ requirements }) => requirements.map(({ name }) => name));
  const matters = (name: string) => name === 'lease' || required.some((each) => each.startsWith(`${name}_`));
  const lacking = entitlements.filter(({ name, status }) => status !== 'granted' && matters(name));
  if (lacking.length === 0) return [];
  return [
    `Entitlements not granted: ${lacking.map(({ name, status }) => `${name} (${status})`).join(', ')}.`,
  ];
}
