import { expect, it } from 'vitest';
import { routeOf } from '../../contiguity/call-seen.js';

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
