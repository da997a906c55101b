import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { makeInventory, type SimulatedNumber } from './inventory.js';
import type { Actor, LedgerEntry } from './ledger.js';

export interface SimulatedLease {
  leaseId: string;
  number: string;
  by: Actor;
  /** What the lease shows from `activeAt` on: `active`, or any other word. */
  status: string;
  /** Before this instant it shows `status` of the activation; absent: it is active at once. */
  activeAt?: number;
  billingMethod: string;
  start: number;
  /** Months that are charged so far, the first one included. */
  monthsCharged: number;
  terminatedAt?: number;
  /** When the number leaves the lease; null: never. */
  releaseAt?: number | null;
}

export interface SimulatedText {
  messageId: string;
  from: string;
  to: string;
  message: string;
  attachments: string[];
  at: number;
}

export type Lag = { minMs: number; maxMs: number } | 'never';

/** How long a new lease shows another status before it is active. */
export interface Activation {
  status: string;
  minMs: number;
  maxMs: number;
}

/** All that the simulator remembers: plain data, so that it can be kept on disk. */
export interface SimulatorState {
  seed: number;
  apiKey: string;
  termination: Lag;
  /** Absent: a lease is active at once. */
  activation?: Activation;
  numbers: SimulatedNumber[];
  leases: SimulatedLease[];
  /** Leases that the vendor has ended and still shows on their numbers. */
  expired: SimulatedLease[];
  texts: SimulatedText[];
  /** Recipients whom no text reaches; absent where there were never any. */
  unreachable?: string[];
  entitlements: Record<string, boolean>;
  /** The account cannot pay: what costs money answers 402. */
  unpaid?: boolean;
  ledger: LedgerEntry[];
  /** Calls of each route and number. */
  calls: Record<string, number>;
  drawn: number;
}

export interface StateOptions {
  seed: number;
  inventorySize: number;
  apiKey: string;
  termination: Lag;
  activation?: Activation | undefined;
  entitlements: Record<string, boolean>;
}

export function freshState({
  seed,
  inventorySize,
  apiKey,
  termination,
  activation,
  entitlements,
}: StateOptions): SimulatorState {
  const numbers = makeInventory(inventorySize, seed);
  return {
    seed,
    apiKey,
    termination,
    ...(activation && { activation }),
    numbers,
    leases: [],
    expired: [],
    texts: [],
    entitlements: { ...entitlements },
    ledger: [],
    calls: {},
    drawn: 0,
  };
}

const stateSchema = z.looseObject({
  seed: z.number(),
  apiKey: z.string(),
  termination: z.union([z.literal('never'), z.object({ minMs: z.number(), maxMs: z.number() })]),
  numbers: z.array(z.looseObject({ id: z.string(), status: z.string() })),
  leases: z.array(z.looseObject({ leaseId: z.string(), number: z.string(), start: z.number() })),
  expired: z.array(z.looseObject({ leaseId: z.string() })),
  texts: z.array(z.looseObject({ messageId: z.string() })),
  entitlements: z.record(z.string(), z.boolean()),
  ledger: z.array(z.looseObject({ kind: z.string(), at: z.number() })),
  calls: z.record(z.string(), z.number()),
  drawn: z.number(),
});

function isState(value: unknown): value is SimulatorState {
  return stateSchema.safeParse(value).success;
}

/** Reads a state file; one that cannot be read is an error that names it, because it may hold leases. */
export function loadState(file: string): SimulatorState | undefined {
  if (!existsSync(file)) return undefined;
  const state = parseJson(readFileSync(file, 'utf8'));
  if (isState(state)) return state;
  throw new Error(`the simulator's state file ${file} cannot be read; move it away to start afresh`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Written beside and renamed: a crash in the middle leaves the old state whole. It holds the account's key. */
export function saveState(file: string, state: SimulatorState): void {
  const beside = `${file}.new`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(beside, JSON.stringify(state), { mode: 0o600 });
  renameSync(beside, file);
}
