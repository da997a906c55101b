import { PHONE_FORMS, TIME_FORMS, TIME_GRAINS, type Dialect, type TimeFormat } from '../simulator/dialect.js';
import { draw, pick } from '../simulator/draw.js';
import { PRODUCT_ROUTES } from '../simulator/fault-kinds.js';
import type { SimulatorOptions } from '../simulator/index.js';
import type { WebhookOptions } from '../simulator/webhooks.js';
import { stretched, type Assumption, type AssumptionChoice } from './assumptions.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;

/** One seed's world: how its vendor answers, what its clocks show, and how the product is set up in it. */
export interface SeedWorld {
  stretched: ReadonlySet<Assumption>;
  /** The workers' time limit for a request, in real time; undefined: as short as the timescale allows. */
  requestLimitMs?: number;
  /** How far each worker's clock is ahead of the Temporal server's. */
  workerClocksMs: [number, number];
  /** Changes are told to a service. */
  tellsEvents: boolean;
  /** How webhooks come; undefined: there are none. */
  webhooks?: Pick<WebhookOptions, 'maxLateMs' | 'doubled'>;
  simulator: Pick<SimulatorOptions, 'clockSkewMs' | 'answerTimes' | 'activation' | 'dialect'>;
}

/** Activities and requests that time out pass in real time, so most limits are short. */
const MAX_REQUEST_LIMIT_MS = 10 * SECOND_MS;
const REQUEST_LIMITS_MS = [300, 600, 1_500, 3_000, 3_000, 5_000, 10_000] as const;
const MAX_WORKER_SKEW_MS = 10 * SECOND_MS;
const MAX_VENDOR_SKEW_MS = 10 * MINUTE_MS;
const MAX_LATE_WEBHOOK_MS = 5 * MINUTE_MS;
const SEND_MS = 100;
const MAX_ACTIVATION_MS = 12 * MINUTE_MS;
/** Before a lease is active; words that no documentation has among them. */
const FIRST_STATUSES = ['pending', 'pending', 'provisioning', 'awaiting_carrier'] as const;

export function drawWorld(seed: number, choice: AssumptionChoice): SeedWorld {
  const world = stretched(seed, choice);
  const is = (name: Assumption): boolean => world.has(name);
  const upTo = (limit: number, ...words: (string | number)[]) => draw(seed, ...words) * limit;
  const either = (limit: number, ...words: (string | number)[]) =>
    Math.round(upTo(2 * limit, ...words) - limit);
  const isFull = choice !== 'drawn';
  const requestLimitMs = isFull ? MAX_REQUEST_LIMIT_MS : pick(REQUEST_LIMITS_MS, seed, 'request limit');
  const workerClock = (nth: number) =>
    is('worker clocks') ? either(MAX_WORKER_SKEW_MS, 'worker clock', nth) : 0;
  return {
    stretched: world,
    ...(is('slow answers') && { requestLimitMs }),
    workerClocksMs: [workerClock(0), workerClock(1)],
    tellsEvents: is('events'),
    ...(is('webhooks') && {
      webhooks: {
        maxLateMs: draw(seed, 'late webhooks') < 0.5 ? 0 : MAX_LATE_WEBHOOK_MS,
        doubled: draw(seed, 'doubled webhooks') / 2,
      },
    }),
    simulator: {
      clockSkewMs: is('vendor clock') ? either(MAX_VENDOR_SKEW_MS, 'skew') : 0,
      answerTimes: {
        ...(is('webhooks') && { 'POST /send/text': SEND_MS }), // some webhooks come before the answer
        ...(is('slow answers') && answerTimes(seed, requestLimitMs, isFull)),
      },
      ...(is('not active at first') && {
        activation: {
          status: pick(FIRST_STATUSES, seed, 'first status'),
          minMs: 0,
          maxMs: upTo(MAX_ACTIVATION_MS, 'activation'),
        },
      }),
      dialect: dialectOf(seed, is),
    },
  };
}

/** Half of the routes are quick, unless the world is about slow answers alone. */
function answerTimes(seed: number, limitMs: number, isFull: boolean): Record<string, number> {
  const slow = PRODUCT_ROUTES.filter((route) => isFull || draw(seed, 'slow route', route) < 0.5);
  return Object.fromEntries(slow.map((route) => [route, draw(seed, 'how slow', route) * limitMs]));
}

function dialectOf(seed: number, is: (name: Assumption) => boolean): Partial<Dialect> {
  return {
    ...(is('lease times') && { leaseTimes: timeFormat(seed, 'lease') }),
    ...(is('envelope times') && { envelopeTimes: timeFormat(seed, 'envelope') }),
    ...(is('history times') && { historyTimes: timeFormat(seed, 'history') }),
    ...(is('webhook times') && { webhookTimes: timeFormat(seed, 'webhook') }),
    ...(is('phone forms') && { phoneNumbers: pick(PHONE_FORMS, seed, 'phone form') }),
    ...(is('doubled rows') && { doubledRows: draw(seed, 'doubled rows') / 2 }),
    // reconcile finds the number of a terminated run in the list alone
    ...(is('unreadable rows') &&
      !is('terminated runs') && { unreadableRows: draw(seed, 'unreadable rows') / 3 }),
  };
}

function timeFormat(seed: number, what: string): TimeFormat {
  return { grain: pick(TIME_GRAINS, seed, what, 'grain'), form: pick(TIME_FORMS, seed, what, 'form') };
}
