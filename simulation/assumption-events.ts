import { draw, pick } from '../simulator/draw.js';
import type { Assumption } from './assumptions.js';
import type { PlannedEvent, PlannedLife } from './plan.js';

const HOUR_MS = 3_600_000;
const MAX_UNREADABLE_MS = 2 * HOUR_MS;
const MAX_STATUS_MS = HOUR_MS;
const MAX_UNPAID_MS = HOUR_MS;
const STATUSES = ['paused', 'suspended', 'in_review', 'porting'] as const;
const SHARE_OF_LIVES = 0.35;

/** What happens in a world because an assumption is stretched in it. */
export function assumptionEvents(
  seed: number,
  lives: PlannedLife[],
  stretched: ReadonlySet<Assumption>,
): PlannedEvent[] {
  const events: PlannedEvent[] = [];
  const spell = (name: Assumption, limitMs: number, event: (on: boolean) => PlannedEvent): void => {
    if (!stretched.has(name)) return;
    const atMs = Math.floor(draw(seed, name, 'from') * HOUR_MS);
    const forMs = Math.floor(draw(seed, name, 'how long') * limitMs);
    events.push({ ...event(true), atMs }, { ...event(false), atMs: atMs + forMs });
  };
  spell('unreadable lists', MAX_UNREADABLE_MS, (on) => ({ kind: 'lists', readable: !on, atMs: 0 }));
  spell('unpaid account', MAX_UNPAID_MS, (on) => ({ kind: 'unpaid', unpaid: on, atMs: 0 }));
  lives.forEach((life, index) => events.push(...lifeEvents(seed, life, index, stretched)));
  return events;
}

function lifeEvents(
  seed: number,
  { atMs, request: { reference } }: PlannedLife,
  index: number,
  stretched: ReadonlySet<Assumption>,
): PlannedEvent[] {
  const happens = (name: Assumption) => stretched.has(name) && draw(seed, name, index) < SHARE_OF_LIVES;
  const at = (name: Assumption) => atMs + Math.floor(draw(seed, name, 'at', index) ** 2 * 2 * HOUR_MS);
  const events: PlannedEvent[] = [];
  if (happens('other statuses')) {
    const from = at('other statuses');
    const until = from + Math.floor(draw(seed, 'other statuses', 'how long', index) * MAX_STATUS_MS);
    const status = pick(STATUSES, seed, 'other statuses', 'which', index);
    events.push(
      { kind: 'status', reference, status, atMs: from },
      { kind: 'status', reference, status: 'active', atMs: until },
    );
  }
  if (happens('renewed lease ids'))
    events.push({ kind: 'renew-lease-id', reference, atMs: at('renewed lease ids') });
  return events;
}
