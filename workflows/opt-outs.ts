import type { Message, OptOutReport } from '../domain/contract.js';
import { failure, type Failure } from '../domain/failures.js';
import type { LeaseMemory } from '../domain/lease-input.js';

/** How many recipients a lease remembers; the oldest START is forgotten first, a STOP only when nothing else is left. */
const REMEMBERED = 2_000;

/**
 * Notes that a recipient said STOP or START to this number. Reports come late, twice and in any order: the one that the
 * recipient sent last holds.
 * @returns whether anything has changed
 */
export function noteOptOut(memory: LeaseMemory, { recipient, optedOut, at }: OptOutReport): boolean {
  const optOuts = (memory.optOuts ??= {});
  const known = optOuts[recipient];
  if (known && known.at >= at) return false;
  optOuts[recipient] = { at, out: optedOut };
  forgetOldest(optOuts);
  return known?.out !== optedOut;
}

function forgetOldest(optOuts: NonNullable<LeaseMemory['optOuts']>): void {
  const entries = Object.entries(optOuts);
  if (entries.length <= REMEMBERED) return;
  const [oldest] = entries.sort(([, a], [, b]) => Number(a.out) - Number(b.out) || a.at - b.at);
  if (oldest) Reflect.deleteProperty(optOuts, oldest[0]);
}

/** Why a text must not be sent, if it must not. */
export function optOutOf(memory: LeaseMemory, { id, to }: Pick<Message, 'id' | 'to'>): Failure | undefined {
  if (memory.optOuts?.[to]?.out !== true) return undefined;
  return failure('OptedOut', `message ${id} is not sent: its recipient said STOP to this number`, {
    field: 'to',
  });
}
