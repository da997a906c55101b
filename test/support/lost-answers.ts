/** How the answer to a call may get lost, and a life in which the answer to every changing call does. */
import { describe, expect } from 'vitest';
import type { Fault } from '../../simulator/index.js';
import { test } from './fixture.js';
import { entriesOf } from './ledger.js';
import { Plan, ROUTE } from './plan.js';

export const LOST: [string, Fault][] = [
  ['reset before the vendor acts', { phase: 'before', reset: true }],
  ['reset after it acted', { phase: 'after', reset: true }],
  ['half a body', { phase: 'answering', reset: true }],
  ['500 before it acts', { phase: 'before', status: 500 }],
  ['500 after it acted', { phase: 'after', status: 500 }],
  ['408 after it acted', { phase: 'after', status: 408 }],
  ['a 200 with an unreadable body after it acted', { phase: 'after', status: 200, body: '<html>OK</html>' }],
  ['a 200 without data after it acted', { phase: 'after', status: 200, body: '{"object":"response"}' }],
  ['a 200 cut off in the middle', { phase: 'answering', body: '{"object":"response","data":{' }],
  ['a 400 of a proxy after it acted', { phase: 'after', status: 400, body: 'Bad Request' }],
  ['no answer in time', { phase: 'after', delayMs: 700, reset: true }],
  ['it acts a moment after our time limit', { phase: 'before', hang: true, lateMs: 1_000 }],
  ['it acts seconds after our time limit', { phase: 'before', hang: true, lateMs: 2_500 }],
];

/** One of each kind that the protocol tells apart: `npm test` plays these, `npm run test:all` the others. */
const SAMPLED = [
  'reset before the vendor acts',
  'reset after it acted',
  '500 after it acted',
  'a 200 with an unreadable body after it acted',
  'it acts seconds after our time limit',
];
export const isSampled = ([how]: [string, Fault]): boolean => SAMPLED.includes(how);

export function testLostAnswers(kinds: [string, Fault][]): void {
  describe.each(kinds)('the answer is lost: %s', (_, fault) => {
    test('one life', async ({ open }) => {
      const faults = new Plan();
      const world = await open({ faults, callTimeoutMs: 400 });
      await world.work();
      faults.on(ROUTE.lease, fault).on(ROUTE.send, fault).on(ROUTE.terminate, fault);
      // Short, so that a doubt is settled within a test's patience; the window itself is the same code at any length.
      const leased = await world.provision({ reference: 'unlucky', settleWindow: '3s' });
      const lease = world.lease(leased.number);
      const text = { id: 'm', to: '+12025550123', message: 'only once' };
      expect(await lease.send(text)).toMatchObject({ outcome: 'sent' });
      await lease.terminate();
      const result = await lease.result();
      expect(result).toMatchObject({ leaseId: leased.leaseId, counts: { sent: 1 }, releasedBy: 'us' });
      for (const kind of ['leased', 'text', 'released'] as const)
        expect(await entriesOf(world.simulator, kind), kind).toHaveLength(1);
    });
  });
}
