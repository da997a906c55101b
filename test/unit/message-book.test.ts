import { describe, expect, it } from 'vitest';
import type { Message } from '../../domain/contract.js';
import { failure } from '../../domain/failures.js';
import type { LeaseMemory } from '../../domain/lease-input.js';
import { jsonBytes } from '../../domain/sizes.js';
import { MessageBook } from '../../workflows/message-book.js';

/** What Temporal takes as one input, less what a run carries beside its texts: its log, its terms, its lease. */
const CARRIED_AT_MOST = 2 * 1024 ** 2 - 200_000;

function blank(): LeaseMemory {
  return {
    phase: 'active',
    account: { baseUrl: 'http://127.0.0.1', keyFingerprint: '' },
    failedCalls: 0,
    startedAt: 0,
    terminateDoubtUntil: 0,
    doubts: [],
    queue: [],
    messages: [],
    counts: { queued: 0, sent: 0, unknown: 0, refused: 0 },
    troubles: {},
    substituted: false,
    pacing: { tokens: 1, at: 0 },
    awaited: [],
    announced: 0,
    optOuts: {},
    polls: 0,
    log: [],
  };
}

/** As large on the wire as a caller can make it: each character is six bytes there. */
const largest = (index: number): Message => ({
  id: `${index}`.padEnd(100, '\u0001'),
  to: '+12025550123',
  message: '\u0001'.repeat(5_000),
});
const usual = (index: number): Message => ({
  id: `order-${index}-${'0'.repeat(20)}`,
  to: '+12025550123',
  message: 'x'.repeat(160),
});

function fill(book: MessageBook, message: (index: number) => Message, from = 0): number {
  let count = 0;
  for (; !book.isFull; count += 1) book.enqueue(message(from + count));
  return count;
}

describe('what a lease carries into its next run', () => {
  it.each([
    ['usual texts', usual],
    ['the largest texts', largest],
    ['empty texts with the largest ids', (index: number) => ({ ...largest(index), message: '' })],
  ])('is within the limits with %s', (_, message) => {
    const memory = blank();
    const book = new MessageBook(memory, () => undefined);
    const why = failure('MessageRefused', 'r'.repeat(300));
    for (let index = 0; index < 7_000; index += 1) {
      const it = message(index);
      book.enqueue(it);
      if (index % 2 === 0) book.settle(it.id, { outcome: 'refused', failure: why });
      else book.settle(it.id, { outcome: 'sent', messageId: `text_${'m'.repeat(195)}` });
      if (index % 2 === 1) book.delivered(`text_${'m'.repeat(195)}`, 'confirmed');
    }
    fill(book, message, 7_000);
    expect(jsonBytes({ queue: memory.queue, messages: memory.messages })).toBeLessThan(CARRIED_AT_MOST);
  });

  it('counts the same in the next run', () => {
    const memory = blank();
    fill(new MessageBook(memory, () => undefined), usual);
    const next = new MessageBook(memory, () => undefined);
    expect(next.isFull).toBe(true);
    next.settle(memory.queue[0]!.id, { outcome: 'sent' });
    expect(next.isFull).toBe(false);
  });
});

describe('the texts of a lease', () => {
  it('may be two thousand that wait, and five thousand that are remembered', () => {
    const memory = blank();
    const book = new MessageBook(memory, () => undefined);
    expect(fill(book, usual)).toBe(2_000);
    for (let index = 2_000; index < 8_000; index += 1) {
      book.enqueue(usual(index));
      book.settle(usual(index - 2_000).id, { outcome: 'sent', messageId: `text_${index}` });
    }
    expect(memory.messages).toHaveLength(5_000);
    expect(book.of(usual(2_999).id)).toBeUndefined();
    expect(book.of(usual(3_000).id)?.outcome).toBe('sent');
  });

  it('never forgets one that still waits', () => {
    const memory = blank();
    const book = new MessageBook(memory, () => undefined);
    const count = fill(book, (index) => ({ ...largest(index), message: '' }));
    expect(memory.messages).toHaveLength(count);
    const [last] = memory.queue.slice(-1);
    book.settle(last!.id, { outcome: 'sent' });
    expect(book.of(memory.queue[0]!.id)?.outcome).toBe('queued');
  });
});
