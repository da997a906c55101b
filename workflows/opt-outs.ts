import type { Message, OptOutReport } from '../domain/contract.js';
import { failure, type Failure } from '../domain/failures.js';
import type { LeaseMemory } from '../domain/lease-input.js';
import { isSurelyBeforeInField } from '../domain/vendor-time.js';

/** How many recipients a lease remembers; the oldest START is forgotten first, a STOP only when nothing else is left. */
const REMEMBERED = 2_000;

/**
 * Notes that a recipient said STOP or START to this number. Reports come late, twice and in any order: the one that the
 * recipient sent last holds, and STOP where their times are too coarse to order.
 * @returns whether anything has changed
 */
export function noteOptOut(
  memory: Pick<LeaseMemory, 'optOuts'>,
  { recipient, optedOut, at }: OptOutReport,
): boolean {
  const { optOuts } = memory;
  const known = optOuts[recipient];
  if (known && known.out !== optedOut) {
    const isOlder = optedOut ? isSurelyBeforeInField(at, known.at) : !isSurelyBeforeInField(known.at, at);
    if (isOlder) return false;
  }
  const isChange = known?.out !== optedOut;
  optOuts[recipient] = { at: isChange ? at : Math.max(at, known.at), out: optedOut };
  forgetOldest(optOuts);
  return isChange;
}

function forgetOldest(optOuts: LeaseMemory['optOuts']): void {
  const entries = Object.entries(optOuts);
  if (entries.length <= REMEMBERED) return;
  const [oldest] = entries.sort(([, a], [, b]) => Number(a.out) - Number(b.out) || a.at - b.at);
  if (oldest) Reflect.deleteProperty(optOuts, oldest[0]);
}

/** Why a text must not be sent, if it must not. */
export function optOutOf(memory: LeaseMemory, { id, to }: Pick<Message, 'id' | 'to'>): Failure | undefined {
  if (memory.optOuts[to]?.out !== true) return undefined;
  return failure('OptedOut', `message ${id} is not sent: its recipient said STOP to this number`, {
    field: 'to',
  });
}
