import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { makeInventory, type SimulatedNumber } from './inventory.js';
import type { Actor, LedgerEntry } from './ledger.js';

export interface SimulatedLease {
  leaseId: string;
  number: string;
  by: Actor;
  status: 'active' | 'paused' | 'expired' | 'terminated';
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

/** All that the simulator remembers: plain data, so that it can be kept on disk. */
export interface SimulatorState {
  seed: number;
  apiKey: string;
  termination: Lag;
  numbers: SimulatedNumber[];
  leases: SimulatedLease[];
  texts: SimulatedText[];
  entitlements: Record<string, boolean>;
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
  entitlements: Record<string, boolean>;
}

export function freshState({
  seed,
  inventorySize,
  apiKey,
  termination,
  entitlements,
}: StateOptions): SimulatorState {
  const numbers = makeInventory(inventorySize, seed);
  return {
    seed,
    apiKey,
    termination,
    numbers,
    leases: [],
    texts: [],
    entitlements,
    ledger: [],
    calls: {},
    drawn: 0,
  };
}

/** Reads a state file; one that cannot be read is an error that names it, because it may hold leases. */
export function loadState(file: string): SimulatorState | undefined {
  if (!existsSync(file)) return undefined;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as SimulatorState;
  } catch {
    throw new Error(`the simulator's state file ${file} cannot be read; move it away to start afresh`);
  }
}

/** Written beside and renamed: a crash in the middle leaves the old state whole. */
export function saveState(file: string, state: SimulatorState): void {
  const beside = `${file}.new`;
  writeFileSync(beside, JSON.stringify(state));
  renameSync(beside, file);
}
