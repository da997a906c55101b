import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Refusal } from './account.js';
import type { Controls } from './controls.js';

const lag = z.union([
  z.literal('never'),
  z
    .strictObject({ minMs: z.number().nonnegative(), maxMs: z.number().nonnegative() })
    .refine(({ minMs, maxMs }) => maxMs >= minMs, { error: 'maxMs must not be below minMs' }),
]);

/** The simulator's own routes, not the vendor's: they need no key, so the simulator listens on loopback unless told. */
export function registerControlRoutes(server: FastifyInstance, controls: Controls): void {
  server.get('/simulator/ledger', () => controls.ledger());
  server.get('/simulator/calls', () => controls.calls());
  const control = (path: string, act: (request: FastifyRequest) => unknown) =>
    server.post(`/simulator/${path}`, async (request) => ({
      done: true,
      result: (await act(request)) ?? null,
    }));
  control('key', (request) =>
    controls.setKey(read(request, z.strictObject({ apiKey: z.string().min(1) })).apiKey),
  );
  control('termination', (request) => controls.setTermination(read(request, lag)));
  control('reset', () => controls.reset());
  control('entitlements/:name', (request) => {
    const { granted } = read(request, z.strictObject({ granted: z.boolean() }));
    controls.setEntitlement(param(request, 'name'), granted);
  });
  control('numbers/:number/lease-by-hand', (request) => controls.leaseByHand(param(request, 'number')));
  control('numbers/:number/release-by-hand', (request) => controls.releaseByHand(param(request, 'number')));
  control('numbers/:number/lease-by-other', (request) => controls.leaseByOther(param(request, 'number')));
  control('numbers/:number/release-by-other', (request) => controls.releaseByOther(param(request, 'number')));
  control('numbers/:number/lease-status', (request) => {
    const { status } = read(request, z.strictObject({ status: z.enum(['active', 'paused', 'expired']) }));
    return controls.setLeaseStatus(param(request, 'number'), status);
  });
}

function read<T>(request: FastifyRequest, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(request.body);
  if (!parsed.success) throw new Refusal(400, z.prettifyError(parsed.error).replaceAll('\n', ' '));
  return parsed.data;
}

function param(request: FastifyRequest, name: string): string {
  return (request.params as Record<string, string | undefined>)[name] ?? '';
}
