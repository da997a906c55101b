import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OPERATIONS } from '../../gateway/routes/index.js';
import { BRISK, DevWorld, until } from '../support/dev-world.js';
import { TestGateway, typeOf } from '../support/gateway.js';

let world: DevWorld;
let gateway: TestGateway;

beforeAll(async () => {
  world = await DevWorld.open();
  await world.work();
  gateway = await TestGateway.open(world);
});
afterAll(async () => {
  await gateway.close();
  await world.close();
});

const to = '+12025550123';
const request = (changes: object = {}) => ({ reference: `order-${randomUUID()}`, ...BRISK, ...changes });

describe('what cannot be meant', () => {
  it.each<[string, string, unknown, string | undefined, RegExp?]>([
    [
      'a bad field',
      'POST /v1/leases',
      { reference: 'r', messages: [{ id: 'm', to: '5', message: 'x' }] },
      'messages[0].to',
    ],
    ['an unknown field', 'POST /v1/leases', { reference: 'r', colour: 'red' }, 'colour', /known are/],
    ['no reference', 'POST /v1/leases', {}, 'reference', /missing/],
    ['an end in the past', 'POST /v1/leases', { reference: 'past', until: '2020-01-01T00:00:00Z' }, 'until'],
    ['no body', 'POST /v1/leases', undefined, 'reference'],
    ['a list', 'POST /v1/leases', [], undefined, /object/],
    ['what is not JSON', 'POST /v1/leases', '{"reference":', undefined, /not JSON/],
    ['a prototype', 'POST /v1/leases', '{"__proto__": {"reference": "r"}}', undefined],
    ['a bad number', 'GET /v1/leases/415', undefined, 'number', /E\.164/],
    ['a text without id', 'POST /v1/leases/+14155550123/messages', { to, message: 'x' }, 'id', /missing/],
    [
      'both ends',
      'POST /v1/leases/+14155550123/extend',
      { term: '1d', until: '2999-01-01T00:00:00Z' },
      undefined,
    ],
    ['a reason too long', 'POST /v1/leases/+14155550123/terminate', { reason: 'x'.repeat(501) }, 'reason'],
    ['a bad flag', 'POST /v1/leases/+14155550123/protect', { protected: 'yes' }, 'protected'],
    ['a bad limit', 'GET /v1/leases?limit=0', undefined, 'limit'],
    ['a limit twice', 'GET /v1/leases?limit=1&limit=2', undefined, 'limit'],
    ['a bad state', 'GET /v1/leases?state=held', undefined, 'state', /one of leasing/],
    ['a bad label', 'GET /v1/leases?label=tenant', undefined, 'label[0]', /key=value/],
    ['a bad label key', 'GET /v1/leases?label=Tenant=a', undefined, 'labels.Tenant'],
    ['a forged cursor', 'GET /v1/leases?cursor=x.y', undefined, 'cursor'],
    ['an unknown filter', 'GET /v1/leases?colour=red', undefined, 'colour'],
    ['a bad wait', 'POST /v1/leases?wait=5h', { reference: 'r' }, 'wait', /at most 1m/],
    ['a bad day', 'GET /v1/audit?since=soon', undefined, 'since'],
    ['adopting nothing', 'POST /v1/adopt', {}, 'numbers'],
  ])('%s is refused with its field', async (_, route, body, field, words = /./) => {
    const problem = await gateway.problem(400, route, body);
    expect(problem).toMatchObject({ type: typeOf('InvalidRequest'), status: 400 });
    expect(problem.detail).toMatch(words);
    expect(problem.field).toBe(field);
  });

  it('is a term that is added twice', async () => {
    const key = { 'idempotency-key': 'k' };
    const path = 'POST /v1/leases/+14155550123/extend';
    expect(await gateway.problem(400, path, { term: '1d' }, key)).toMatchObject({ field: 'Idempotency-Key' });
    expect((await gateway.problem(409, path, { term: '1d' })).type).toBe(typeOf('LeaseNotActive'));
  });

  it('is a body too large, of another type, and a place that is not there', async () => {
    const large = { reference: 'r', messages: 'x'.repeat(1_100_000) };
    expect((await gateway.problem(413, 'POST /v1/leases', large)).status).toBe(413);
    await gateway.problem(415, 'POST /v1/leases', 'reference=r', { 'content-type': 'text/plain' });
    for (const route of [
      'GET /v1/nothing',
      'GET /nothing',
      'DELETE /v1/leases',
      'GET /v1/leases/+14155550000',
    ]) {
      expect((await gateway.problem(404, route)).type).toBe(typeOf('NotFound'));
    }
    await gateway.problem(404, 'GET /v1/provisions/nobody');
    await gateway.problem(404, 'GET /v1/adoptions/nobody');
    await gateway.problem(404, 'GET /v1/leases/+14155550000/messages/m1');
  });
});

describe('who may', () => {
  const unauthorized = { type: 'about:blank', title: 'Unauthorized', status: 401 };
  const routes = [
    'GET /v1/leases',
    'POST /v1/leases',
    'GET /v1/leases/415',
    'GET /v1/nothing',
    'GET /v1/limits',
  ];

  it.each(routes)('%s asks for a key and tells nothing without', async (route) => {
    const forged = gateway.key.slice(0, -1) + (gateway.key.endsWith('A') ? 'B' : 'A');
    for (const key of ['', 'wrong', forged, gateway.key.toUpperCase()]) {
      expect(await gateway.problem(401, route, undefined, {}, key)).toEqual(unauthorized);
    }
    const basic = { authorization: `Basic ${gateway.key}` };
    const answer = await gateway.call(route, undefined, basic, '');
    expect(answer).toMatchObject({ status: 401, body: unauthorized });
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('a key to read reads, and changes nothing', async () => {
    const { readKey } = gateway;
    expect((await gateway.call('GET /v1/leases', undefined, {}, readKey)).status).toBe(200);
    expect((await gateway.call('GET /v1/limits', undefined, {}, readKey)).status).toBe(200);
    const path = 'POST /v1/leases/+14155550123';
    const changes = ['extend', 'terminate', 'restore', 'protect', 'renew', 'messages'].map(
      (verb) => `${path}/${verb}`,
    );
    for (const route of ['POST /v1/leases', 'POST /v1/adopt', 'POST /v1/provisions/r/cancel', ...changes]) {
      expect(await gateway.problem(403, route, '{"not": JSON', {}, readKey)).toEqual({
        type: 'about:blank',
        title: 'Forbidden',
        status: 403,
      });
    }
  });

  it('without keys anybody here, and no page of another site', async () => {
    const open = await TestGateway.open(world, { keys: undefined });
    expect((await open.call('GET /v1/leases', undefined, {}, '')).status).toBe(200);
    await open.problem(
      403,
      'POST /v1/leases/+14155550123/terminate',
      undefined,
      { origin: 'https://evil.test' },
      '',
    );
    await open.close();
  });
});

describe('limits', () => {
  const started = (workflowId: string) =>
    until(
      `${workflowId} runs`,
      () =>
        world.client.workflow
          .getHandle(workflowId)
          .describe()
          .catch(() => undefined),
      (description) => description !== undefined,
    );

  it('hold for each key, and for what has none', async () => {
    const slow = await TestGateway.open(world, { rate: 2 });
    const answers = await Promise.all(Array.from({ length: 12 }, () => slow.call('GET /v1/nothing')));
    const limited = answers.filter((answer) => answer.status === 429);
    expect(limited.length).toBeGreaterThan(0);
    expect(limited[0]?.body).toMatchObject({ type: typeOf('RateLimited') });
    expect(limited[0]?.headers.get('retry-after')).toBe('1');
    await until(
      'it may ask again',
      () => slow.call('GET /v1/nothing'),
      (answer) => answer.status === 404,
    );
    const forged = await Promise.all(
      Array.from({ length: 12 }, () => slow.call('GET /v1/x', undefined, {}, 'x')),
    );
    expect(forged.map((answer) => answer.status)).toContain(429);
    await slow.close();
  });

  it('refuse what is too much at once, and let waits end when told to stop', async () => {
    const nobody = { client: world.client, taskQueue: `nobody-${randomUUID()}` };
    const small = await TestGateway.open(nobody, { concurrency: 2 });
    const asked = [request(), request()];
    const waiting = asked.map((body) => small.call('POST /v1/leases?wait=60s', body));
    // Another request before that could take the place of one of the two.
    for (const { reference } of asked) await started(`provision/${reference}`);
    const third = await small.call('GET /v1/leases');
    expect(third.status).toBe(503);
    expect(third.body).toMatchObject({ type: typeOf('Overloaded') });
    expect((await fetch(`${small.url}/readyz`)).status).toBe(503);
    await small.close();
    for (const answer of await Promise.all(waiting)) expect(answer.status).toBe(202);
    for (const { reference } of asked)
      await world.client.workflow.getHandle(`provision/${reference}`).terminate();
  });
});

interface Document {
  paths: Record<string, Record<string, { operationId: string; responses: object }>>;
  components: { schemas: Record<string, object> };
}

describe('the document', () => {
  it('has every operation, and every part that it refers to', async () => {
    const response = await fetch(`${gateway.url}/openapi.json`);
    const text = await response.text();
    const { paths, components } = JSON.parse(text) as Document;
    const operations = Object.values(paths).flatMap((path) => Object.values(path));
    const ids = operations.map(({ operationId }) => operationId);
    expect(new Set(ids).size).toBe(OPERATIONS.length);
    const references = [...text.matchAll(/"\$ref": "#\/components\/schemas\/(\w+)"/g)].map(
      ([, name]) => name,
    );
    expect(references.length).toBeGreaterThan(20);
    for (const name of references) expect(Object.keys(components.schemas)).toContain(name);
    expect(text).not.toContain('$schema');
    const request = components.schemas['ProvisionRequest'];
    expect(request).toMatchObject({ required: ['reference'], additionalProperties: false });
  });

  it('has a page that needs nothing from elsewhere', async () => {
    const page = await fetch(`${gateway.url}/docs`);
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    const text = await page.text();
    expect(text).not.toMatch(/https?:/);
    const parts = [...text.matchAll(/(?:src|href)="(docs\/[^"]+)"/g)].map(([, path]) => path!);
    expect(parts).toHaveLength(3);
    for (const part of parts) expect((await fetch(`${gateway.url}/${part}`)).status).toBe(200);
  });
});

describe('health', () => {
  it('is told to anybody', async () => {
    expect(await (await fetch(`${gateway.url}/healthz`)).json()).toEqual({ status: 'ok' });
    const ready = await fetch(`${gateway.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'ready' }]);
    const nobody = { client: world.client, taskQueue: `nobody-${randomUUID()}` };
    const lonely = await TestGateway.open(nobody);
    expect(await lonely.problem(503, 'GET /readyz')).toMatchObject({
      detail: 'no worker polls the task queue',
    });
    await lonely.close();
  });
});
