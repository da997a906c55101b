import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Leased, LeaseStatus, MessageRecord } from '../../client/index.js';
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
const wait = { prefer: 'wait=30' };
const request = (changes: object = {}) => ({ reference: `order-${randomUUID()}`, ...BRISK, ...changes });
const lease = (changes: object = {}) => gateway.ask<Leased>(201, 'POST /v1/leases', request(changes), wait);
const status = (number: string) => gateway.ask<LeaseStatus>(200, `GET /v1/leases/${number}`);
const end = async (number: string) => {
  await gateway.ask(200, `POST /v1/leases/${number}/terminate`);
  await until(
    `${number} is released`,
    () => status(number),
    ({ state }) => state === 'released',
  );
};

interface Listed {
  leases: { number: string; reference: string }[];
  next?: string;
}
interface Provisioned {
  reference: string;
  state: string;
  number?: string;
  lease?: Leased;
  failure?: { type: string; message: string };
}

describe('a life', () => {
  it('is provisioned, sends, is extended, listed, given back and audited', async () => {
    const asked = request({ term: '1 hour', labels: { tenant: 'acme' } });
    const answer = await gateway.call<Leased>('POST /v1/leases?wait=30s', asked);
    expect(answer.status).toBe(201);
    const { number, leaseId } = answer.body;
    expect(answer.headers.get('location')).toBe(`/v1/leases/${number}`);
    expect(answer.body).toMatchObject({ reference: asked.reference, status: 'active' });

    const text = { id: 'm1', to, message: 'Hello' };
    const sent = await gateway.ask(200, `POST /v1/leases/${number}/messages`, text);
    expect(sent).toMatchObject({ id: 'm1', outcome: 'sent' });
    const again = { to, message: 'Hello' };
    const key = { 'idempotency-key': 'm1' };
    expect(await gateway.ask(200, `POST /v1/leases/${number}/messages`, again, key)).toEqual(sent);
    expect(await world.entries('text')).toHaveLength(1);
    const record = await gateway.ask<MessageRecord>(200, `GET /v1/leases/${number}/messages/m1`);
    expect(record).toMatchObject({ id: 'm1', outcome: 'sent' });

    const before = await status(number);
    const { expiresAt } = await gateway.ask<{ expiresAt: string }>(200, `POST /v1/leases/${number}/extend`, {
      term: '1 hour',
    });
    expect(Date.parse(expiresAt) - Date.parse(before.expiresAt!)).toBe(3_600_000);

    const listed = () => gateway.ask<Listed>(200, `GET /v1/leases?state=active&label=tenant=acme`);
    await until('it is listed', listed, ({ leases }) => leases.length === 1);
    expect((await listed()).leases[0]).toMatchObject({ number, reference: asked.reference });

    const ended = await gateway.ask(200, `POST /v1/leases/${number}/terminate`, { reason: 'enough' });
    expect(ended).toEqual({ state: 'terminating' });
    await until(
      'it is released',
      () => status(number),
      ({ state }) => state === 'released',
    );

    const audit = () =>
      gateway.ask<{ records: { leaseId: string }[] }>(200, `GET /v1/leases/${number}/audit`);
    await until('it is in the audit', audit, ({ records }) => records.length === 1);
    expect((await audit()).records[0]).toMatchObject({ leaseId, state: 'released', reason: 'enough' });
    const all = await gateway.ask<{ records: object[] }>(
      200,
      `GET /v1/audit?reference=${asked.reference}&since=2020-01-01`,
    );
    expect(all.records).toHaveLength(1);

    const late = await gateway.problem(409, `POST /v1/leases/${number}/messages`, { ...text, id: 'm2' });
    expect(late).toMatchObject({ type: typeOf('LeaseNotActive') });
    expect(await gateway.ask(201, 'POST /v1/leases?wait=30s', asked)).toEqual(answer.body);
  });

  it('is asked for without waiting, by a key in the header', async () => {
    const reference = `Bestellung/${randomUUID()} 1`;
    const headers = { 'idempotency-key': reference };
    const asked = { ...BRISK, terminateAfterMessages: true };
    const begun = await gateway.call<{ reference: string }>('POST /v1/leases', asked, headers);
    expect(begun).toMatchObject({ status: 202, body: { reference } });
    const location = begun.headers.get('location')!;
    expect(location).toBe(`/v1/provisions/${encodeURIComponent(reference)}`);
    const leased = await until(
      'it is leased',
      () => gateway.ask<Provisioned>(200, `GET ${location}?wait=5s`),
      ({ state }) => state === 'leased',
    );
    expect(leased.lease).toMatchObject({ reference, number: leased.number });
  });

  it('is protected, set to renew, and restored in its grace period', async () => {
    const { number } = await lease({ term: '1 hour', grace: '1 hour' });
    const path = `POST /v1/leases/${number}`;
    expect(await gateway.ask(200, `${path}/protect`, { protected: true })).toEqual({ protected: true });
    const refused = await gateway.problem(409, `${path}/terminate`, {});
    expect(refused.type).toBe(typeOf('LeaseProtected'));
    await gateway.ask(200, `${path}/protect`, { protected: false });
    expect(await gateway.ask(200, `${path}/renew`, { auto: true })).toMatchObject({ auto: true });
    expect(await gateway.ask(200, `${path}/terminate`)).toMatchObject({ state: 'grace' });
    expect(await gateway.ask(200, `${path}/restore`)).toMatchObject({ state: 'active' });
    await gateway.ask(200, `${path}/terminate`, { grace: 'none' });
    await until(
      'it is released',
      () => status(number),
      ({ state }) => state === 'released',
    );
  });

  it('fails with its reason, and may be cancelled', async () => {
    const [number = ''] = await world.available();
    await world.simulator.controls.leaseByOther(number);
    const asked = request({ number });
    const problem = await gateway.problem(409, 'POST /v1/leases', asked, wait);
    expect(problem).toMatchObject({ type: typeOf('NumberUnavailable'), field: 'number' });
    const failed = await gateway.ask<Provisioned>(200, `GET /v1/provisions/${asked.reference}`);
    expect(failed).toMatchObject({ state: 'failed', failure: { type: 'NumberUnavailable' } });
    const cancel = await gateway.call(`POST /v1/provisions/${asked.reference}/cancel`);
    expect(cancel.status).toBe(202);
  });

  it('begins with a number that the account leases already', async () => {
    const { simulator } = world;
    const [number = ''] = (await world.available()).slice(-1);
    const leased = await fetch(`${simulator.url}/numbers/lease/${number}`, {
      method: 'POST',
      headers: { authorization: `Token ${simulator.apiKey}`, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(leased.status).toBe(200);
    const adopted = await gateway.call<{ id: string }>('POST /v1/adopt?wait=0', {
      numbers: [number],
      ...BRISK,
    });
    expect(adopted.status).toBe(202);
    const report = await until(
      'it is adopted',
      () => gateway.call<{ counts?: object }>(`GET ${adopted.headers.get('location')!}?wait=5s`),
      (answer) => answer.status === 200,
    );
    expect(report.body.counts).toMatchObject({ adopted: 1, refused: 0 });
    expect(await gateway.ask(200, 'POST /v1/adopt', { numbers: [number] })).toMatchObject({
      counts: { refused: 1 },
    });
    await end(number);
  });
});

describe('one reference', () => {
  it('is refused for another request, with the field', async () => {
    const asked = request({ criteria: { country: 'US' } });
    const { number } = await gateway.ask<Leased>(201, 'POST /v1/leases', asked, wait);
    const other = { ...asked, criteria: { country: 'GB' } };
    const problem = await gateway.problem(409, 'POST /v1/leases', other);
    expect(problem).toMatchObject({ type: typeOf('ReferenceMismatch'), field: 'criteria' });
    const header = { 'idempotency-key': 'another' };
    expect(await gateway.problem(400, 'POST /v1/leases', asked, header)).toMatchObject({
      field: 'reference',
    });
    await end(number);
  });
});

describe('pages', () => {
  it('follow one another and belong to their filters', async () => {
    const labels = { tenant: `pages-${randomUUID()}` };
    const leases = [await lease({ labels }), await lease({ labels }), await lease({ labels })];
    const path = `GET /v1/leases?label=tenant=${labels.tenant}`;
    await until(
      'all are listed',
      () => gateway.ask<Listed>(200, path),
      (page) => page.leases.length === 3,
    );
    const numbers: string[] = [];
    let next: string | undefined;
    do {
      const cursor = next === undefined ? '' : `&cursor=${next}`;
      const page: Listed = await gateway.ask<Listed>(200, `${path}&limit=2${cursor}`);
      expect(page.leases.length).toBeLessThanOrEqual(2);
      numbers.push(...page.leases.map(({ number }) => number));
      if (page.next !== undefined) {
        expect(await gateway.problem(400, `GET /v1/leases?cursor=${page.next}`)).toMatchObject({
          field: 'cursor',
        });
      }
      next = page.next;
    } while (next !== undefined);
    expect(numbers.sort()).toEqual(leases.map(({ number }) => number).sort());
    for (const { number } of leases) await end(number);
  });
});

describe('a wait', () => {
  it('ends with its time, and leaves what was asked under way', async () => {
    const taskQueue = `unpolled-${randomUUID()}`;
    const nobody = { client: world.client, taskQueue };
    const lonely = await TestGateway.open(nobody);
    const asked = request();
    expect((await lonely.call('POST /v1/leases?wait=1s', asked)).status).toBe(202);
    const problem = await lonely.problem(503, `GET /v1/provisions/${asked.reference}`);
    expect(problem.type).toBe(typeOf('NoAnswer'));
    expect(problem.detail).toContain(`no worker polls the task queue "${taskQueue}"`);
    await lonely.close();
    await world.client.workflow.getHandle(`provision/${asked.reference}`).terminate();
  });

  it('for a text ends as well: the text waits its turn', async () => {
    const { number } = await lease({ pacing: { perSecond: 0.2, burst: 1 } });
    const path = `POST /v1/leases/${number}/messages`;
    await gateway.ask(200, path, { id: 'm1', to, message: 'Hello' });
    const queued = await gateway.call(`${path}?wait=1s`, { id: 'm2', to, message: 'Hello again' });
    expect(queued).toMatchObject({ status: 202, body: { id: 'm2', outcome: 'queued' } });
    const location = queued.headers.get('location')!;
    await until(
      'it is sent',
      async () => {
        await sleep(500);
        return gateway.ask<MessageRecord>(200, `GET ${location}`);
      },
      ({ outcome }) => outcome === 'sent',
    );
    await end(number);
  });
});
