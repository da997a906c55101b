import { condition, upsertSearchAttributes } from '@temporalio/workflow';
import type { NumberSeen } from '../activities/read-number.js';
import type { Health, HealthProblem } from '../domain/contract.js';
import { formatDuration } from '../domain/duration.js';
import type { NumberRecord } from '../domain/number-record.js';
import type { Read } from '../domain/outcome.js';
import { LEASE_HEALTH } from '../domain/search-attributes.js';
import type { LeaseRun } from './lease-run.js';
import { reads } from './steps.js';

/** Looks at the held number now and then, where the request asks for it. A look without an answer waits for the next. */
export async function watchHealth(run: LeaseRun): Promise<void> {
  const everyMs = run.input.terms.health?.checkEveryMs;
  if (everyMs === undefined) return;
  const isOver = () => run.memory.ending !== undefined || run.handingOver;
  const summary = `looking how ${run.number} is (${formatDuration(everyMs)})`;
  while (!isOver()) {
    const over = await condition(isOver, everyMs, { summary });
    if (!over) await look(run);
  }
}

async function look(run: LeaseRun): Promise<void> {
  const { memory, number } = run;
  const seen: Read<NumberSeen> | undefined = await reads.readNumber
    .executeWithOptions({ summary: `how is ${number}?` }, [{ number, account: memory.account }])
    .catch(() => undefined);
  if (!seen?.answered || !('record' in seen.value) || memory.ending) return;
  const { record } = seen.value;
  if (record.lease?.leaseId !== memory.lease?.leaseId) return;
  const { reputation } = record;
  tell(run, { problems: problemsOf(run, record), checkedAt: new Date().toISOString(), reputation });
}

function problemsOf({ memory, input }: LeaseRun, { lease, reputation }: NumberRecord): HealthProblem[] {
  const { minReputation = 0 } = input.terms.health ?? {};
  const problems: HealthProblem[] = [];
  if (reputation < minReputation) problems.push('reputation');
  if (lease?.status === 'paused') problems.push('paused');
  if (memory.substituted) problems.push('substituted');
  return problems;
}

/** A text left from another number: for a lease whose health is asked for, this can be listed as well. */
export function tellOfSubstitution(run: LeaseRun): void {
  const { health = { problems: [] } } = run.memory;
  if (!run.input.terms.health || health.problems.includes('substituted')) return;
  tell(run, { ...health, problems: [...health.problems, 'substituted'] });
}

/** The list of runs is told of changes alone: each telling is an action that costs money. */
function tell(run: LeaseRun, health: Health): void {
  const before = inWords(run.memory.health);
  run.memory.health = health;
  const now = inWords(health);
  if (now === before) {
    run.show();
    return;
  }
  run.note(`health: ${now}${health.reputation === undefined ? '' : `, reputation ${health.reputation}`}`);
  upsertSearchAttributes([{ key: LEASE_HEALTH, value: now }]);
}

function inWords(health: Health | undefined): string {
  return health?.problems.join('+') || 'ok';
}

/** Told where it is asked for, and where something is wrong. */
export function healthOf({ memory, input }: Pick<LeaseRun, 'memory' | 'input'>): Health | undefined {
  if (memory.health) return memory.health;
  if (memory.substituted) return { problems: ['substituted'] };
  return input.terms.health && { problems: [] };
}
