/** A 404 that a proxy answers in the vendor's place, at each route of a life. */
import { describe, expect } from 'vitest';
import type { Fault, FaultedCall } from '../../simulator/index.js';
import { test } from './fixture.js';
import { Plan, ROUTE } from './plan.js';

const TO = '+12025550123';
const lag = (milliseconds: number) => ({ minMs: milliseconds, maxMs: milliseconds });
const MINUTE_MS = 60_000;

/** `npm test` plays the first, `npm run test:all` the others. */
export const PAGES: [string, string][] = [
  ['a page', '<html>Not Found</html>'],
  ['the short form', '{"message":"Not Found","status":404}'],
  ['nothing', ''],
];

export function testPages(pages: [string, string][]): void {
  describe.each(pages)("a 404 that is not in the vendor's envelope (%s) proves nothing", (_, body) => {
    const page: Fault = { phase: 'before', status: 404, body };

    test.for(Object.entries(ROUTE))('%s', async ([, route], { open }) => {
      const faults = new Plan();
      const world = await open({ faults, termination: lag(2 * MINUTE_MS) });
      await world.work();
      if (route === ROUTE.history) faults.on(ROUTE.send, { phase: 'after', reset: true });
      if (route.startsWith('GET')) faults.on(route, forAWhile(page), Infinity);
      else faults.on(route, page, 3);
      const provision = await world.start({ reference: 'no-such-thing', settleWindow: '30s' });
      const { number, leaseId } = await provision.result();
      const lease = world.lease(number);
      const sending = lease.send({ id: 'm', to: TO, message: 'only once' });
      const sent = await sending.catch(() => undefined); // the short form is a no to a text
      if (route === ROUTE.read || route === ROUTE.leased) {
        faults.on(ROUTE.read, forAWhile(page), Infinity).on(ROUTE.leased, forAWhile(page), Infinity);
      }
      await lease.terminate();
      const result = await lease.result();
      expect(result).toMatchObject({ leaseId, releasedBy: 'us' });
      expect(result.counts).toMatchObject({ sent: sent === undefined ? 0 : 1 });
      expect(Date.parse(result.releasedAt!) - Date.parse(result.terminatedAt!)).toBeGreaterThan(115_000);
      const { entries, open: held } = await world.simulator.controls.ledger();
      expect(held).toEqual([]);
      expect(entries.filter(({ kind }) => kind === 'leased')).toHaveLength(1);
      expect(await world.texts()).toHaveLength(sent === undefined ? 0 : 1);
    });
  });
}

/** Goes wrong from its first call on, for longer than the settle window. */
function forAWhile(fault: Fault): (call: FaultedCall) => Fault | undefined {
  let until: number | undefined;
  return ({ at }) => {
    until ??= at + 40_000;
    return at < until ? fault : undefined;
  };
}
