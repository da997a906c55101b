import type { ProvisionRequest } from '../domain/contract.js';
import { draw, pick } from '../simulator/draw.js';

/** What happens in one seed's world, at which time after its start. All of it is drawn from the seed. */
export interface SeedPlan {
  lives: PlannedLife[];
  events: PlannedEvent[];
  world: {
    inventorySize: number;
    termination: { minMs: number; maxMs: number };
    historyLagMs: number;
  };
}

export interface PlannedLife {
  atMs: number;
  request: ProvisionRequest;
}

/** Something that happens to the life of one reference. */
export type LifeEvent = { atMs: number; reference: string } & (
  | {
      kind:
        'cancel-provision' | 'cancel-lease' | 'terminate' | 'release-by-hand' | 'pause' | 'renew-lease-id';
    }
  /** At Temporal, to the run of its number. */
  | { kind: 'terminate-run' | 'reset-run' | 'all-at-once' | 'junk-signal' }
  | { kind: 'status'; status: string }
  | { kind: 'send'; id: string }
  /** A recipient writes to the number. */
  | { kind: 'incoming'; from: string; body: string; out: boolean }
);

/** Something that happens at the vendor, whoever is concerned. */
export type WorldEvent = { atMs: number } & (
  | { kind: 'lease-by-hand' | 'lease-by-other'; nth: number }
  | { kind: 'key-revoked' | 'key-restored' }
  /** The list of leased numbers. */
  | { kind: 'lists'; readable: boolean }
  | { kind: 'unpaid'; unpaid: boolean }
  /** Whether a worker takes activities. */
  | { kind: 'workers'; away: boolean }
  | { kind: 'reconcile' }
);

export type PlannedEvent = LifeEvent | WorldEvent;

const MINUTE_MS = 60_000;
/** The bound of the assumption. */
const MAX_HISTORY_LAG_MS = 30_000;
const HOUR_MS = 60 * MINUTE_MS;
const INVENTORY = 40;
export const RECIPIENTS = ['+12025550101', '+12025550102', '+442071838750'] as const;

export function planSeed(seed: number, lives: number): SeedPlan {
  const planned = Array.from({ length: lives }, (_, index) => planLife(seed, index));
  const slow = draw(seed, 'slow') < 0.15;
  return {
    lives: planned,
    events: [...planned.flatMap((life, index) => eventsOf(seed, life, index)), ...worldEvents(seed)].sort(
      (a, b) => a.atMs - b.atMs,
    ),
    world: {
      inventorySize: INVENTORY,
      termination: slow
        ? { minMs: 5 * MINUTE_MS, maxMs: 90 * MINUTE_MS }
        : { minMs: 2_000, maxMs: 4 * MINUTE_MS },
      historyLagMs: Math.floor(draw(seed, 'history') * MAX_HISTORY_LAG_MS),
    },
  };
}

/** Most want any number; some want one that others want too, some the reference of the life before. */
function planLife(seed: number, index: number): PlannedLife {
  const chance = (what: string) => draw(seed, what, index);
  const again = index > 0 && chance('again') < 0.1;
  const reference = `s${seed}-r${again ? index - 1 : index}`;
  const messages = Array.from({ length: Math.floor(chance('messages') * 2.6) }, (_, nth) => ({
    id: `${reference}-m${nth}`,
    to: pick(RECIPIENTS, seed, 'to', index, nth),
    message: `${reference}-m${nth}`, // its own id, so that the ledger tells whose text it is
    ...(draw(seed, 'asked', index, nth) < 0.5 && { confirmDelivery: true }),
  }));
  const oneShot = chance('one-shot') < 0.6;
  const term = pick(['10m', '45m', '3h', '2 days'], seed, 'term', index);
  const atMs = Math.floor(chance('start') * (chance('burst') < 0.5 ? 1_000 : 30 * MINUTE_MS));
  const polling = { initial: '45s', backoff: 3, max: '10m', escalateAfter: '20m' };
  const request = { reference, messages, terminateAfterMessages: oneShot, releasePolling: polling };
  return { atMs, request: { ...request, ...(chance('forever') < 0.3 ? {} : { term }) } };
}

function eventsOf(seed: number, { atMs, request }: PlannedLife, index: number): LifeEvent[] {
  const { reference } = request;
  const chance = (what: string) => draw(seed, what, index);
  const at = (what: string) => atMs + Math.floor(chance(`${what} at`) ** 3 * 2 * HOUR_MS);
  const events: LifeEvent[] = [];
  if (chance('cancel') < 0.15)
    events.push({ kind: 'cancel-provision', reference, atMs: atMs + Math.floor(chance('soon') * 5_000) });
  if (chance('cancel lease') < 0.1)
    events.push({ kind: 'cancel-lease', reference, atMs: at('cancel lease') });
  if (chance('terminate') < 0.2) events.push({ kind: 'terminate', reference, atMs: at('terminate') });
  if (chance('hand') < 0.05) events.push({ kind: 'release-by-hand', reference, atMs: at('hand') });
  if (chance('pause') < 0.05) events.push({ kind: 'pause', reference, atMs: at('pause') });
  if (chance('send') < 0.25)
    events.push({ kind: 'send', reference, id: `${reference}-late`, atMs: at('send') });
  return events;
}

function worldEvents(seed: number): WorldEvent[] {
  const at = (what: string) => Math.floor(draw(seed, what) * HOUR_MS);
  const taken = [0, 1, 2].flatMap((nth): WorldEvent[] => {
    const kind = draw(seed, 'by', nth) < 0.5 ? 'lease-by-hand' : 'lease-by-other';
    return draw(seed, 'taken', nth) < 0.5
      ? [{ kind, nth: Math.floor(draw(seed, 'which', nth) * INVENTORY), atMs: at(`taken ${nth}`) }]
      : [];
  });
  if (draw(seed, 'key') >= 0.2) return taken;
  const revokedAt = at('revoked');
  return [
    ...taken,
    { kind: 'key-revoked', atMs: revokedAt },
    { kind: 'key-restored', atMs: revokedAt + HOUR_MS },
  ];
}
