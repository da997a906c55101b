import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { CURRENCIES } from '../domain/number-record.js';
import { Refusal } from './account.js';
import type { Controls } from './controls.js';
import { lagSchema } from './settings.js';

const amount = z.number().nonnegative();
const numberChange = z.strictObject({
  status: z.enum(['available', 'g-available', 'leased', 'unavailable']).optional(),
  reputation: z.number().min(0).max(1).optional(),
  pricing: z
    .strictObject({ currency: z.enum(CURRENCIES), upfront_fee: amount, monthly_rate: amount })
    .optional(),
});

const incomingText = z.strictObject({
  from: z.string(),
  to: z.string(),
  body: z.string().nullish(),
  type: z.string().min(1).default('text.incoming.sms'),
  attachments: z.array(z.string()).default([]),
});

/** The simulator's own routes, not the vendor's: they need no key, so the simulator listens on loopback unless told. */
export function registerControlRoutes(server: FastifyInstance, controls: Controls): void {
  server.get('/simulator', () => controls.account());
  server.get('/simulator/ledger', () => controls.ledger());
  server.get('/simulator/calls', () => controls.calls());
  server.get('/simulator/faults', () => controls.faults());
  const control = (path: string, act: (request: FastifyRequest) => unknown) =>
    server.post(`/simulator/${path}`, async (request) => ({
      done: true,
      result: (await act(request)) ?? null,
    }));
  control('key', (request) =>
    controls.setKey(read(request, z.strictObject({ apiKey: z.string().min(1) })).apiKey),
  );
  control('termination', (request) => controls.setTermination(read(request, lagSchema)));
  control('rate', (request) =>
    controls.setRate(read(request, z.strictObject({ perSecond: amount })).perSecond),
  );
  control('unpaid', (request) =>
    controls.setUnpaid(read(request, z.strictObject({ unpaid: z.boolean() })).unpaid),
  );
  control('reset', () => controls.reset());
  control('entitlements/:name', (request) => {
    const { granted } = read(request, z.strictObject({ granted: z.boolean() }));
    controls.setEntitlement(param(request, 'name'), granted);
  });
  control('texts', (request) => controls.receiveText(read(request, incomingText)));
  control('recipients/:recipient/unreachable', (request) => {
    const { unreachable } = read(request, z.strictObject({ unreachable: z.boolean() }));
    controls.setUnreachable(param(request, 'recipient'), unreachable);
  });
  control('numbers/:number/lease-by-hand', (request) => controls.leaseByHand(param(request, 'number')));
  control('numbers/:number/release-by-hand', (request) => controls.releaseByHand(param(request, 'number')));
  control('numbers/:number/lease-by-other', (request) => controls.leaseByOther(param(request, 'number')));
  control('numbers/:number/release-by-other', (request) => controls.releaseByOther(param(request, 'number')));
  control('numbers/:number/lease-status', (request) => {
    const { status } = read(request, z.strictObject({ status: z.string().min(1) }));
    return controls.setLeaseStatus(param(request, 'number'), status);
  });
  control('numbers/:number/renew', (request) => controls.renewLease(param(request, 'number')));
  control('numbers/:number/expire', (request) => controls.expire(param(request, 'number')));
  control('numbers/:number/change', (request) => change(controls, param(request, 'number'), request));
}

function change(controls: Controls, number: string, request: FastifyRequest): void {
  const { status, reputation, pricing } = read(request, numberChange);
  if (status !== undefined) controls.setNumberStatus(number, status);
  if (reputation !== undefined) controls.setReputation(number, reputation);
  if (pricing !== undefined) controls.setPrice(number, pricing);
}

function read<T>(request: FastifyRequest, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(request.body);
  if (!parsed.success) throw new Refusal(400, z.prettifyError(parsed.error).replaceAll('\n', ' '));
  return parsed.data;
}

function param(request: FastifyRequest, name: string): string {
  return (request.params as Record<string, string | undefined>)[name] ?? '';
}
