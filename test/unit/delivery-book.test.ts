import { describe, expect, it } from 'vitest';
import type { AwaitedDelivery, LeaseMemory } from '../../domain/lease-input.js';
import { AWAITED_BYTES, jsonBytes } from '../../domain/sizes.js';
import { DeliveryBook } from '../../workflows/delivery-book.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** The book looks at nothing else of what a run remembers. */
const blank = (): LeaseMemory => ({ awaited: [] as AwaitedDelivery[] }) as LeaseMemory;

describe('the deliveries that a lease waits for', () => {
  it('are asked about at growing distances, and for the last time at three days', () => {
    const book = new DeliveryBook(blank());
    book.expect('text_1', 0);
    const minutes: number[] = [];
    for (let given: string[] = []; given.length === 0;) {
      const now = book.next ?? Infinity;
      minutes.push(now / MINUTE_MS);
      expect(book.due(now)).toEqual(['text_1']);
      given = book.looked(['text_1'], now);
    }
    expect(minutes.slice(0, 10)).toEqual([1, 3, 7, 15, 31, 63, 127, 255, 511, 871]);
    expect(minutes.at(-1)).toBe(72 * 60);
    expect(minutes).toHaveLength(20);
  });

  it('are asked about together where they are due together', () => {
    const book = new DeliveryBook(blank());
    book.expect('text_1', 0);
    book.expect('text_2', 4_000);
    book.expect('text_3', 30_000);
    expect(book.next).toBe(MINUTE_MS);
    expect(book.due(MINUTE_MS)).toEqual(['text_1', 'text_2']);
    expect(book.due()).toEqual(['text_1', 'text_2', 'text_3']);
  });

  it('are none while nothing was asked for, and none again when all are known', () => {
    const memory = blank();
    const book = new DeliveryBook(memory);
    expect([book.next, book.due()]).toEqual([undefined, []]);
    book.expect('text_1', 0);
    book.forget('text_1');
    expect([book.next, book.has('text_1')]).toEqual([undefined, false]);
  });

  it('go on in the next run where the last one stood', () => {
    const memory = blank();
    new DeliveryBook(memory).expect('text_1', 0);
    new DeliveryBook(memory).looked(['text_1'], MINUTE_MS);
    const carried = JSON.parse(JSON.stringify(memory)) as LeaseMemory;
    expect(new DeliveryBook(carried).next).toBe(3 * MINUTE_MS);
  });

  it('are bounded, in number and in bytes: the oldest are given up', () => {
    const memory = blank();
    const book = new DeliveryBook(memory);
    const givenUp = Array.from({ length: 1_002 }, (_, nth) => book.expect(`text_${nth}`, HOUR_MS)).flat();
    expect(givenUp).toEqual(['text_0', 'text_1']);
    for (let nth = 0; nth < 600; nth += 1) book.expect(`${nth}`.padEnd(200, 'x'), HOUR_MS);
    expect(jsonBytes(memory.awaited)).toBeLessThanOrEqual(AWAITED_BYTES + 1_001);
    expect(book.has('599'.padEnd(200, 'x'))).toBe(true);
    expect(book.has('text_1001')).toBe(false);
  });
});
