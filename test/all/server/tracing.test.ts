/** One trace from a service's call to the requests at the API, seen by the one who takes traces. */
import { randomBytes } from 'node:crypto';
import { context, propagation, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { expect, onTestFinished, test } from 'vitest';
import { Leasehold } from '../../../client/index.js';
import { newKey } from '../../../codec/keys.js';
import type { Leased } from '../../../domain/contract.js';
import { provisionId } from '../../../domain/ids.js';
import { makeKey } from '../../../gateway/keys.js';
import { startCollector, type Collector } from '../../support/collector.js';
import { BRISK, devWorld, until, type DevWorld } from '../../support/dev-world.js';
import { startGateway } from '../../support/gateway-process.js';
import { ROUTE } from '../../support/plan.js';
import { startWorkerProcess } from '../../support/worker-process.js';

const TO = '+12025550123';
const TEXT = 'Parcel 17 is under the blue bench';
const REASON = 'Jane Roe is unhappy';
const key = makeKey('services', 'full');
const hex = (bytes: number) => randomBytes(bytes).toString('hex');

/** A service that traces its own calls. */
interface Caller {
  /** What the gateway said. */
  lines: string[];
  /** Gives the answer and the trace that the call belongs to. */
  call(route: string, body: object): Promise<{ answer: unknown; trace: { traceId: string; spanId: string } }>;
}

async function callerOf(world: DevWorld, env: Record<string, string>): Promise<Caller> {
  const { url, lines } = await startGateway(key.entry, { ...world.env, ...env });
  return {
    lines,
    call: async (route, body) => {
      const [method = '', path = ''] = route.split(' ');
      const trace = { traceId: hex(16), spanId: hex(8) };
      const headers = {
        authorization: `Bearer ${key.key}`,
        'content-type': 'application/json',
        traceparent: `00-${trace.traceId}-${trace.spanId}-01`,
        baggage: `recipient=${TO}`,
      };
      const answer = await fetch(`${url}${path}`, { method, headers, body: JSON.stringify(body) });
      expect(answer.status).toBeLessThan(300);
      return { answer: await answer.json(), trace };
    },
  };
}

async function workerOf(world: DevWorld, env: Record<string, string>) {
  const worker = await startWorkerProcess({ ...world.env, ...env }, 1_000);
  onTestFinished(() => worker.stop().then(() => undefined));
  return worker;
}

/** A number that is leased, sent from and given back; the traces of the three calls. */
async function live(caller: Caller) {
  const leased = await caller.call('POST /v1/leases?wait=60s', { reference: 'order-1', ...BRISK });
  const { number } = leased.answer as Leased;
  const text = { id: 'm1', to: TO, message: TEXT };
  const sent = await caller.call(`POST /v1/leases/${number}/messages`, text);
  const given = await caller.call(`POST /v1/leases/${number}/terminate`, { reason: REASON });
  return { number, leased: leased.trace, sent: sent.trace, given: given.trace };
}

/** The span of a call to the API in a trace, once it has come in. */
async function apiCall({ spans }: Collector, traceId: string, name: string) {
  const find = () => Promise.resolve(spans.find((each) => each.traceId === traceId && each.name === name));
  const found = await until(`the span of ${name}`, find, (it) => it !== undefined);
  return found!;
}

const stateOf = (world: DevWorld, number: string) => async () => (await world.run(number).describe()).status;

test.each([
  ['in the clear', undefined],
  ['with encryption', newKey('k1')],
])('one trace a call, from the service to the API, and nobody is named in it: %s', async (_, keys) => {
  const collector = await startCollector();
  const world = await devWorld(keys === undefined ? {} : { keys });
  await workerOf(world, collector.env);
  const { number, leased, sent, given } = await live(await callerOf(world, collector.env));
  await until('it is released', stateOf(world, number), ({ name }) => name === 'COMPLETED');

  const lease = await apiCall(collector, leased.traceId, ROUTE.lease);
  await until(
    'all came in',
    () => Promise.resolve(collector.above(lease)),
    (names) => names.at(-1) === 'POST /v1/leases',
  );
  expect(collector.above(lease)).toEqual([
    'POST /numbers/lease/{number}',
    'RunActivity:leaseNumber',
    'BeginWorkflow:manageLease',
    'UpdateWithStartWorkflow:acquire',
    'RunActivity:acquireNumber',
    'BeginWorkflow:provisionLease',
    'StartWorkflow:provisionLease',
    'POST /v1/leases',
  ]);
  const request = collector.spans.find(({ name, traceId }) => {
    return name === 'POST /v1/leases' && traceId === leased.traceId;
  });
  expect(request?.parentSpanId).toBe(leased.spanId);
  expect(Object.fromEntries(lease.attributes.map(({ key: name, value }) => [name, value]))).toEqual({
    'http.request.method': { stringValue: 'POST' },
    'url.template': { stringValue: '/numbers/lease/{number}' },
    'http.response.status_code': { intValue: 200 },
    'leasehold.outcome': { stringValue: 'confirmed' },
  });
  const verified = await apiCall(collector, leased.traceId, ROUTE.read);
  expect(collector.above(verified)[1]).toBe('RunActivity:leaseNumber');

  const text = await apiCall(collector, sent.traceId, ROUTE.send);
  expect(collector.above(text).at(-1)).toBe('POST /v1/leases/:number/messages');
  const end = await apiCall(collector, given.traceId, ROUTE.terminate);
  expect(collector.above(end)[1]).toBe('RunActivity:terminateLease');

  const raw = collector.raw();
  expect(raw).toContain('/v1/traces');
  const hidden = [TO, TO.slice(1), TEXT, REASON, 'Jane', world.simulator.apiKey, key.key];
  if (keys !== undefined) hidden.push(number, number.slice(1), 'order-1', keys);
  for (const word of hidden) expect(raw.includes(word), word).toBe(false);
  if (keys === undefined) expect(raw).toContain(`lease/${number}`);
});

test('who asks for no traces has none, in his processes and in his histories', async () => {
  const collector = await startCollector();
  const world = await devWorld();
  await workerOf(world, {});
  const { number } = await live(await callerOf(world, { ...collector.env, OTEL_SDK_DISABLED: 'true' }));
  await until('it is released', stateOf(world, number), ({ name }) => name === 'COMPLETED');
  expect(collector.raw()).toBe('');
  expect(JSON.stringify(await world.run(number).fetchHistory())).not.toContain('tracer');
});

test('a service that has an SDK of its own sees its calls in its own trace, and no words of errors', async () => {
  const world = await devWorld();
  await world.work();
  const seen = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(seen)] });
  provider.register();
  onTestFinished(() => [trace, context, propagation].forEach((api) => api.disable()));
  const { namespace, taskQueue } = world;
  const where = { address: namespace.address, namespace: namespace.name, taskQueue, env: {} };
  const leasehold = await Leasehold.connect({ ...where, tracing: true });
  onTestFinished(() => leasehold.close());
  await provider.getTracer('service').startActiveSpan('place an order', async (order) => {
    const lease = await leasehold.provision({ reference: 'order-1', ...BRISK });
    await lease.send({ id: 'm1', to: TO, message: TEXT });
    await lease.terminate({ reason: REASON });
    await lease.released();
    const late = lease.send({ id: 'm2', to: TO, message: TEXT });
    await expect(late).rejects.toMatchObject({ type: 'LeaseNotActive' });
    await expect(leasehold.provision({ reference: 'order-1', term: '1h', ...BRISK })).rejects.toThrow();
    order.end();
  });
  const spans = seen.getFinishedSpans();
  const order = spans.find(({ name }) => name === 'place an order')?.spanContext();
  expect(spans.map(({ name }) => name)).toContain('StartWorkflow:provisionLease');
  expect(spans.map(({ name }) => name)).toContain('StartWorkflowUpdate:send');
  for (const span of spans) {
    expect(span.spanContext().traceId).toBe(order?.traceId);
    expect(span.events).toEqual([]);
    const said = JSON.stringify([span.attributes, span.status]);
    for (const word of [TO, TEXT, 'Jane', 'ending']) expect(said.includes(word), said).toBe(false);
  }
  expect(spans.some(({ attributes }) => attributes['error.type'] !== undefined)).toBe(true);
});

test('a worker that traces nothing carries on what others trace, and a collector that is away stops nobody', async () => {
  const world = await devWorld();
  const nowhere = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', OTEL_BSP_SCHEDULE_DELAY: '100' };
  const worker = await workerOf(world, {});
  const caller = await callerOf(world, nowhere);
  const { number } = await live(caller);
  await until('it is released', stateOf(world, number), ({ name }) => name === 'COMPLETED');
  expect(JSON.stringify(await world.run(number).fetchHistory())).toContain('tracer');
  expect(worker.lines.join('\n')).not.toContain('sink');
  // the next run in the same sandbox, which shares its modules, belongs to no trace
  await world.leasehold.provision({ reference: 'order-2', ...BRISK });
  const untraced = await world.client.workflow.getHandle(provisionId('order-2')).fetchHistory();
  expect(JSON.stringify(untraced)).not.toContain('tracer');
  const told = (lines: string[]) => lines.filter((line) => line.includes('traces are lost'));
  await until(
    'the gateway says it',
    () => Promise.resolve(told(caller.lines)),
    ({ length }) => length === 1,
  );
  expect(told(worker.lines)).toEqual([]);
});
