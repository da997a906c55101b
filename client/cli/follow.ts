import { setTimeout as sleep } from 'node:timers/promises';
import type { LeaseResult, LeaseStatus, LogEntry } from '../../domain/contract.js';
import type { Lease } from '../lease.js';

export interface Follower {
  /** A step that the run took, as it wrote it down. */
  step: (entry: LogEntry) => void;
  /** When it acts next, and why. */
  next: (words: string) => void;
}

const LOOK_EVERY_MS = 500;

/** Tells what a lease's run does until its end. Between workers it is silent, and then tells what it missed. */
export async function followLease(lease: Lease, follower: Follower): Promise<LeaseResult> {
  const over = new AbortController();
  const result = lease.released().finally(() => over.abort());
  result.catch(() => undefined); // it is awaited below, after the last look
  const told = new Set<string>();
  while (!over.signal.aborted) {
    const status = await lease.status().catch(() => undefined);
    if (status) tell(status, told, follower);
    await sleep(LOOK_EVERY_MS, undefined, { signal: over.signal }).catch(() => undefined);
  }
  const ended = await result;
  const last = await lease.status().catch(() => undefined);
  if (last) tell(last, told, follower);
  return ended;
}

function tell({ log, nextWake }: LeaseStatus, told: Set<string>, follower: Follower): void {
  for (const entry of log) {
    const key = `${entry.at} ${entry.text}`;
    if (told.has(key)) continue;
    told.add(key);
    follower.step(entry);
  }
  if (nextWake) follower.next(`${nextWake.why}, next at ${nextWake.at.slice(11, 19)} UTC`);
}
