/** Sends without a readable response, in each way in which the vendor may write its history or refuse. */
import { describe, expect } from 'vitest';
import type { Dialect } from '../../simulator/dialect.js';
import { test } from './fixture.js';
import type { World } from './harness.js';
import { Plan, ROUTE } from './plan.js';

export const TO = '+12025550123';
export const HELLO = { to: TO, message: 'Hello' };

type Way = [string, Partial<Dialect>];
export const WAYS: Way[] = [
  ['numbers without plus', { phoneNumbers: 'digits' }],
  ['formatted numbers', { phoneNumbers: 'formatted' }],
  ['times in whole seconds', { historyTimes: { grain: 's', form: 's' } }],
  ['times in whole minutes', { historyTimes: { grain: 'min', form: 'iso' } }],
  ['times in whole days', { historyTimes: { grain: 'day', form: 'iso' } }],
  ['times in strings', { historyTimes: { grain: 's', form: 'text' } }],
  ['no times', { historyTimes: { grain: 's', form: 'missing' } }],
  ['every row twice', { doubledRows: 1 }],
];

/** Of copies of a request that acted. */
export const REFUSALS = [400, 404, 409, 429, 401, 403];

/** For `npm test`: one that is common and one that is hard; the others are played in test/all. */
export const SAMPLED_WAYS = WAYS.filter(([name]) => /formatted|whole minutes/.test(name));
export const SAMPLED_REFUSALS = [400, 429];

export function testHistoriesWritten(ways: Way[]): void {
  describe('a send whose response is lost, where the vendor writes', () => {
    test.for(ways)('%s: is not sent again where it acted', async ([, dialect], { open }) => {
      const faults = new Plan();
      const world = await open({ faults, dialect });
      await world.work();
      const lease = await world.leased({ reference: 'lost' });
      expect(await lease.send({ id: 'a', ...HELLO })).toMatchObject({ outcome: 'sent' });
      faults.on(ROUTE.send, { phase: 'after', reset: true });
      const { outcome } = await lease.send({ id: 'b', to: TO, message: 'Hello again' });
      expect(['sent', 'unknown']).toContain(outcome);
      expect(await texts(world)).toHaveLength(2);
    });

    test.for(ways)('%s: is sent again where it did not act', async ([, dialect], { open }) => {
      const faults = new Plan();
      const world = await open({ faults, dialect });
      await world.work();
      const lease = await world.leased({ reference: 'lost' });
      faults.on(ROUTE.send, { phase: 'before', reset: true });
      expect(await lease.send({ id: 'a', ...HELLO })).toMatchObject({ outcome: 'sent' });
      expect(await texts(world)).toHaveLength(1);
    });
  });
}

export function testRefusedCopies(statuses: number[]): void {
  describe('a refusal that answers the second copy of a send, while the first one acted', () => {
    test.for(statuses)('%i: the text is not sent again', async (status, { open }) => {
      const faults = new Plan();
      const world = await open({ faults });
      await world.work();
      const lease = await world.leased({ reference: 'copied' });
      faults.on(ROUTE.send, { phase: 'after', status });
      expect(await lease.send({ id: 'm', ...HELLO })).toEqual({ id: 'm', outcome: 'sent' });
      expect(await texts(world)).toEqual([`${lease.number} Hello`]);
    });
  });
}

export async function texts(world: World): Promise<string[]> {
  return (await world.texts()).map(({ number, message }) => `${number} ${message}`);
}
