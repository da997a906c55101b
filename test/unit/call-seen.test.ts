import { expect, it, onTestFinished } from 'vitest';
import { routeOf, type CallSeen } from '../../contiguity/call-seen.js';
import { createContiguity } from '../../contiguity/index.js';
import { Plan, ROUTE } from '../support/plan.js';
import { Simulated } from '../support/simulated.js';

it.each([
  ['GET', '/numbers/leases', 'GET /numbers/leases'],
  ['GET', '/numbers/leased', 'GET /numbers/leased'],
  ['GET', '/numbers/%2B14155550123', 'GET /numbers/{number}'],
  ['POST', '/numbers/lease/%2B14155550123', 'POST /numbers/lease/{number}'],
  ['DELETE', '/numbers/leased/%2B14155550123', 'DELETE /numbers/leased/{number}'],
  ['POST', '/send/text', 'POST /send/text'],
  [
    'GET',
    '/conversations/history/text/%2B12025550123/%2B14155550123/200',
    'GET /conversations/history/text/{to}/{from}/{limit}',
  ],
  ['GET', '/conversations/history/message/text_1', 'GET /conversations/history/message/{id}'],
  ['GET', '/entitlements/', 'GET /entitlements/'],
  ['POST', '/entitlements/lease', 'POST /entitlements/{name}'],
])('%s %s is one route whatever stands in it', (method, path, route) => {
  expect(routeOf(method, path)).toBe(route);
});

it('each call is told once, when it is clear what came of it', async () => {
  const faults = new Plan();
  const { simulator } = await Simulated.open({ faults });
  const calls: CallSeen[] = [];
  const onCall = (call: CallSeen) => void calls.push(call);
  const api = createContiguity({ baseUrl: simulator.url, apiKey: simulator.apiKey, onCall });
  onTestFinished(() => api.close());
  const told = async (call: Promise<unknown>) => {
    await call.catch(() => undefined);
    return calls.splice(0).map(({ status, outcome }) => [status, outcome]);
  };
  const get = () => api.lease.get('+14155550123');
  expect(await told(api.lease.available())).toEqual([[200, 'confirmed']]);
  expect(await told(api.lease.leased())).toEqual([[404, 'confirmed']]); // the vendor's way to say "none"
  expect(await told(get())).toEqual([[404, 'refused']]);
  faults.on(ROUTE.find, { phase: 'before', status: 503 });
  expect(await told(api.lease.available())).toEqual([[503, 'ambiguous']]);
  faults.on(ROUTE.find, { phase: 'answering', body: '{}' });
  expect(await told(api.lease.available())).toEqual([[200, 'ambiguous']]);
  faults.on(ROUTE.find, { phase: 'before', reset: true });
  expect(await told(api.lease.available())).toEqual([[undefined, 'ambiguous']]);
  await simulator.close();
  expect(await told(api.lease.available())).toEqual([[undefined, 'refused']]);
  expect(await told(api.lease.get('nonsense'))).toEqual([]);
});
