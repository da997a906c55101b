import type { LeaseState, LeaseStatus } from '../domain/contract.js';
import type { LeaseMemory, ManageLeaseInput } from '../domain/lease-input.js';

/** What the end of a lease hangs on. */
export interface Held {
  readonly memory: LeaseMemory;
  readonly input: Pick<ManageLeaseInput, 'terms'>;
}

/** What a lease does next by itself about its end. */
export interface Step {
  at: number;
  what: 'warn' | 'deadline';
  why: string;
}

export function isProtected({ memory, input }: Held): boolean {
  return memory.protected ?? input.terms.protected ?? false;
}

export function renewsItself({ memory, input }: Held): boolean {
  return memory.autoRenew ?? input.terms.autoRenew ?? false;
}

/** Undefined where it waits for somebody: no deadline, a grace period, a deadline that passed while it is protected. */
export function nextStep(held: Held): Step | undefined {
  const { expiresAt, grace, warned, troubles } = held.memory;
  const { warnBeforeMs } = held.input.terms;
  if (expiresAt === undefined || grace) return undefined;
  if (renewsItself(held)) return { at: expiresAt, what: 'deadline', why: 'the lease renews itself' };
  if (warnBeforeMs !== undefined && !warned)
    return { at: expiresAt - warnBeforeMs, what: 'warn', why: 'the lease is about to expire' };
  if (!isProtected(held)) return { at: expiresAt, what: 'deadline', why: 'the lease expires' };
  if (troubles.deadline !== undefined) return undefined;
  return { at: expiresAt, what: 'deadline', why: 'the deadline of a protected lease' };
}

export function isWarningDue({ memory, input }: Held, now: number): boolean {
  const { warnBeforeMs } = input.terms;
  if (warnBeforeMs === undefined || memory.expiresAt === undefined) return false;
  return !renewsItself({ memory, input }) && memory.expiresAt - warnBeforeMs <= now;
}

/** A lease whose only purpose were its messages; not any more once somebody has restored or protected it. */
export function endsAfterMessages(held: Held): boolean {
  return held.input.terms.terminateAfterMessages && !held.memory.restored && !isProtected(held);
}

export function stateWhileActive({ grace, warned }: LeaseMemory): LeaseState {
  if (grace) return 'grace';
  return warned ? 'expiring' : 'active';
}

/** What a status says about the end; nothing about what was not asked for. */
export function standing(held: Held): Partial<LeaseStatus> {
  const { grace } = held.memory;
  return {
    ...(grace && { releasesAt: new Date(grace.until).toISOString() }),
    ...(isProtected(held) && { protected: true }),
    ...(renewsItself(held) && { autoRenew: true }),
  };
}
