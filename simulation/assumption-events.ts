import { draw, pick } from '../simulator/draw.js';
import type { Assumption } from './assumptions.js';
import { RECIPIENTS, type PlannedEvent, type PlannedLife } from './plan.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const MAX_UNREADABLE_MS = 2 * HOUR_MS;
const MAX_STATUS_MS = HOUR_MS;
const MAX_UNPAID_MS = HOUR_MS;
const MAX_AWAY_MS = 8 * HOUR_MS;
const MAX_UNOWNED_MS = 2 * HOUR_MS;
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
  spell('no workers', MAX_AWAY_MS, (on) => ({ kind: 'workers', away: on, atMs: 0 }));
  lives.forEach((life, index) => events.push(...lifeEvents(seed, life, index, stretched)));
  return events;
}

/** STOP as people write it. */
const STOPS = [
  ...['STOP', 'stop', ' Stop. ', '"STOP"', 'STOP!!', 'ＳＴＯＰ', 'S\u200bTOP', 'STOP 🛑', 'Stop\ufe0f'],
  ...['ARRÊT', 'arret', 'UNSUBSCRIBE', 'stop all', 'opt-out'],
] as [string, ...string[]];
const FOLLOW_UPS = 3;

/** A recipient writes STOP, sometimes START as well, and is written to again afterwards. */
function optOut(seed: number, reference: string, index: number, atMs: number): PlannedEvent[] {
  const chance = (what: string) => draw(seed, 'opt-out', what, index);
  const from = RECIPIENTS[0];
  const stop = pick(STOPS, seed, 'opt-out', 'word', index);
  const word = (body: string, out: boolean, after: number): PlannedEvent => {
    return { kind: 'incoming', reference, from, body, out, atMs: atMs + after };
  };
  const startsFirst = chance('start first') < 0.3 ? [word('START', false, 0)] : [];
  const isUndone = chance('undone') < 0.3 ? [word('start', false, 20 * MINUTE_MS)] : [];
  const texts = Array.from({ length: FOLLOW_UPS }, (_, nth): PlannedEvent => {
    const later = Math.floor(chance(`text ${nth}`) * 40 * MINUTE_MS);
    return { kind: 'send', reference, id: `${reference}-follow-${nth}`, atMs: atMs + later };
  });
  return [...startsFirst, word(stop, true, 300), ...isUndone, ...texts];
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
  if (happens('all at once')) events.push({ kind: 'all-at-once', reference, atMs: at('all at once') });
  if (happens('junk signals')) events.push({ kind: 'junk-signal', reference, atMs: at('junk signals') });
  if (happens('reset runs')) events.push({ kind: 'reset-run', reference, atMs: at('reset runs') });
  if (happens('terminated runs')) {
    const from = at('terminated runs');
    const unownedMs = Math.floor(draw(seed, 'terminated runs', 'how long', index) * MAX_UNOWNED_MS);
    events.push(
      { kind: 'terminate-run', reference, atMs: from },
      { kind: 'reconcile', atMs: from + unownedMs },
    );
  }
  if (happens('webhooks')) events.push(...optOut(seed, reference, index, at('webhooks')));
  return events;
}
