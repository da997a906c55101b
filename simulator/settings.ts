import { z } from 'zod';
import { skewed, systemClock } from './clock.js';
import { dialectSchema, share } from './dialect.js';
import type { SimulatorOptions } from './index.js';
import { freshState, loadState, type SimulatorState } from './state.js';
import { World } from './world.js';

/** The key of the simulated account unless another is given. It opens nothing but simulators. */
export const DEMO_API_KEY = 'contiguity_sk_simulator';

const ENTITLEMENTS = {
  lease: true,
  fast_track: false,
  identity: true,
  imessage: false,
  whatsapp: false,
  enterprise: false,
  service_contract: false,
};

const milliseconds = z
  .number('must be milliseconds, 0 or more')
  .nonnegative('must be milliseconds, 0 or more');
const wholeNumber = 'must be a whole number';

/** How long a terminated number stays leased. */
export const lagSchema = z.union(
  [
    z.literal('never'),
    z
      .strictObject({ minMs: milliseconds, maxMs: milliseconds })
      .refine(({ minMs, maxMs }) => maxMs >= minMs, 'maxMs must not be below minMs'),
  ],
  'must be "never" or {minMs, maxMs} with 0 <= minMs <= maxMs',
);

/** The options that are data. */
const settingsSchema = z.object({
  apiKey: z
    .string()
    .startsWith('contiguity_sk_', 'must start with contiguity_sk_, as the vendor’s keys do')
    .default(DEMO_API_KEY),
  seed: z.int(wholeNumber).default(1),
  inventorySize: z
    .int(wholeNumber)
    .min(0, 'must be 0 to 50000')
    .max(50_000, 'must be 0 to 50000')
    .default(600),
  latencyMs: milliseconds.default(0),
  answerTimes: z.record(z.string(), milliseconds).optional(),
  rate: z.number('must be calls a second').nonnegative('must be calls a second').default(0),
  historyLagMs: milliseconds.default(0),
  deliveryMs: milliseconds.default(2_000),
  clockSkewMs: z.number('must be milliseconds').default(0),
  termination: lagSchema.default({ minMs: 10_000, maxMs: 20_000 }),
  activation: z
    .strictObject({ status: z.string().min(1), minMs: milliseconds, maxMs: milliseconds })
    .optional(),
  dialect: dialectSchema.prefault({}),
  webhook: z
    .strictObject({
      url: z.url(),
      secret: z.string().min(1),
      maxLateMs: milliseconds.optional(),
      doubled: share.optional(),
    })
    .optional(),
  entitlements: z
    .record(z.string(), z.boolean())
    .default({})
    .transform((given) => ({ ...ENTITLEMENTS, ...given })),
});

/** The simulated world of these options, with what its state file remembers. */
export function createWorld(options: SimulatorOptions): World {
  const { stateFile, faults } = options;
  const parsed = settingsSchema.safeParse(options);
  if (!parsed.success) throw new Error(firstIssue(parsed.error));
  const { latencyMs, answerTimes, rate, historyLagMs, deliveryMs, dialect, webhook, clockSkewMs, ...fresh } =
    parsed.data;
  const kept = stateFile === undefined ? undefined : loadState(stateFile);
  const world = new World(
    {
      clock: skewed(options.clock ?? systemClock, clockSkewMs),
      latencyMs,
      answerTimes,
      rate,
      historyLagMs,
      deliveryMs,
      dialect,
      webhook,
      ...(stateFile !== undefined && { stateFile }),
      ...(faults && { faults }),
      fresh: () =>
        freshState(kept ? { ...fresh, seed: kept.seed, inventorySize: kept.numbers.length } : fresh),
    },
    kept && withOptions(kept, options),
  );
  world.save(); // a folder that cannot be written to is told now, not after the first lease
  return world;
}

/** What is asked for now holds over what the file says, but for the inventory, which its leases stand on. */
function withOptions(state: SimulatorState, options: SimulatorOptions): SimulatorState {
  const { apiKey, termination, activation, entitlements, seed, inventorySize, stateFile = '' } = options;
  const differs = (what: string, kept: number) =>
    new Error(`${what}: the state in ${stateFile} was made with ${kept}; leave it out, or name another file`);
  if (seed !== undefined && seed !== state.seed) throw differs('seed', state.seed);
  if (inventorySize !== undefined && inventorySize !== state.numbers.length) {
    throw differs('inventorySize', state.numbers.length);
  }
  return {
    ...state,
    ...(apiKey !== undefined && { apiKey }),
    ...(termination !== undefined && { termination }),
    ...(activation !== undefined && { activation }),
    entitlements: { ...state.entitlements, ...entitlements },
  };
}

function firstIssue({ issues }: z.ZodError): string {
  const [issue] = issues;
  return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'is not right'}`;
}
