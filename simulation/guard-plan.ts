import type { AdoptTerms } from '../domain/adoption.js';
import type { SpendingLimits } from '../domain/spending.js';
import { draw, pick } from '../simulator/draw.js';
import type { PlannedLife } from './plan.js';

/** What some seeds have beside their lives: limits on everything, and what guards a lease. */
export interface GuardPlan {
  limits: SpendingLimits;
  events: GuardEvent[];
}

export type GuardEvent = { atMs: number } & (
  | { kind: 'protect'; reference: string; on: boolean }
  | { kind: 'restore'; reference: string }
  | { kind: 'renew'; reference: string; auto: boolean }
  | { kind: 'terminate-guarded'; reference: string }
  /** A number is leased by hand, and later adopted. */
  | { kind: 'hand-made'; nth: number }
  | { kind: 'adopt'; nth: number; terms: AdoptTerms }
);

const KINDS: ReadonlySet<string> = new Set<GuardEvent['kind']>([
  'protect',
  'restore',
  'renew',
  'terminate-guarded',
  'hand-made',
  'adopt',
]);

export function isOfGuards(event: { kind: string }): event is GuardEvent {
  return KINDS.has(event.kind);
}

const SHARE = 0.3;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const TENANTS = ['acme', 'globex', 'initech'] as const;

/**
 * Every draw has words of its own, so the seeds that have no guards are played as they were before there were any.
 * Undefined for those.
 */
export function planGuards(seed: number, lives: PlannedLife[], inventory: number): GuardPlan | undefined {
  if (draw(seed, 'guards') >= SHARE) return undefined;
  const guarded = lives.flatMap((life, index) => guardEvents(seed, life, index));
  const events = [...guarded, ...adoptions(seed, inventory)].sort((a, b) => a.atMs - b.atMs);
  return { limits: limitsOf(seed), events };
}

/** The same life with what guards it; a reference that is asked for again asks for the same. */
export function guardedLife(seed: number, life: PlannedLife): PlannedLife {
  const { request } = life;
  const { reference } = request;
  const chance = (what: string) => draw(seed, 'guard', what, reference);
  const goesOn = request.terminateAfterMessages !== true;
  const tenant = pick(TENANTS, seed, 'guard', 'tenant', reference);
  return {
    ...life,
    request: {
      ...request,
      labels: { tenant },
      ...(goesOn && chance('protected') < 0.2 && { protected: true }),
      ...(chance('grace') < 0.45 && {
        grace: pick(['4m', '20m', '1h'], seed, 'guard', 'how long', reference),
      }),
      ...(request.term !== undefined && chance('renew') < 0.25 && { autoRenew: true }),
      ...(request.term !== undefined && chance('warn') < 0.3 && { warnBefore: '5m' }),
    },
  };
}

function limitsOf(seed: number): SpendingLimits {
  const maxLeases = 2 + Math.floor(draw(seed, 'guards', 'account') * 6);
  const tenant = { '*': { maxLeases: 1 + Math.floor(draw(seed, 'guards', 'tenant') * 3) } };
  const isByTenant = draw(seed, 'guards', 'by tenant') < 0.5;
  return { account: { maxLeases }, ...(isByTenant && { labels: { tenant } }) };
}

/** Protection comes and goes; a termination is undone some minutes after it, in time or too late. */
function guardEvents(seed: number, { atMs, request }: PlannedLife, index: number): GuardEvent[] {
  const { reference } = request;
  const chance = (what: string) => draw(seed, 'guard event', what, index);
  const at = (what: string) => atMs + Math.floor(chance(`${what} at`) ** 2 * 2 * HOUR_MS);
  const events: GuardEvent[] = [];
  if (chance('protect') < 0.3) {
    const from = at('protect');
    const until = from + Math.floor(chance('how long') * 2 * HOUR_MS);
    events.push({ kind: 'protect', reference, on: true, atMs: from });
    if (chance('lift') < 0.7) events.push({ kind: 'protect', reference, on: false, atMs: until });
  }
  if (chance('terminate') < 0.3) {
    const from = at('terminate');
    events.push({ kind: 'terminate-guarded', reference, atMs: from });
    const undone = from + Math.floor(chance('undone') * 10 * MINUTE_MS);
    if (chance('restore') < 0.8) events.push({ kind: 'restore', reference, atMs: undone });
  }
  if (chance('late restore') < 0.2) events.push({ kind: 'restore', reference, atMs: at('late restore') });
  if (chance('off') < 0.2) events.push({ kind: 'renew', reference, auto: false, atMs: at('off') });
  return events;
}

function adoptions(seed: number, inventory: number): GuardEvent[] {
  return [0, 1, 2].flatMap((which): GuardEvent[] => {
    const chance = (what: string) => draw(seed, 'adopt', what, which);
    if (chance('whether') >= 0.6) return [];
    const nth = Math.floor(chance('number') * inventory);
    const madeAt = Math.floor(chance('made at') * HOUR_MS);
    const tenant = pick(TENANTS, seed, 'adopt', 'tenant', which);
    const terms: AdoptTerms = {
      labels: { tenant },
      ...(chance('term') < 0.5 && { term: '30m' }),
      ...(chance('grace') < 0.3 && { grace: '10m' }),
      ...(chance('protected') < 0.2 && { protected: true }),
    };
    const adoptedAt = madeAt + Math.floor(chance('adopted at') * 20 * MINUTE_MS);
    return [
      { kind: 'hand-made', nth, atMs: madeAt },
      { kind: 'adopt', nth, terms, atMs: adoptedAt },
    ];
  });
}
