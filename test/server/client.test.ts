import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Leasehold, LeaseholdError, type Leased, type ProvisionRequest } from '../../client/index.js';
import { createContiguity } from '../../contiguity/index.js';
import { NAMES } from '../../domain/contract.js';
import { provisionId } from '../../domain/ids.js';
import { BRISK, DevWorld } from '../support/dev-world.js';

let world: DevWorld;
let leasehold: Leasehold;

beforeAll(async () => {
  world = await DevWorld.open();
  await world.work();
  leasehold = new Leasehold(world.client, { taskQueue: world.taskQueue, uiUrl: 'http://ui.test' }, {});
});
afterAll(() => world.close());

const to = '+12025550123';
const quick = { ...BRISK, pacing: { perSecond: 100, burst: 1000 } };
const request = (changes: Partial<ProvisionRequest> = {}): ProvisionRequest => ({
  reference: `order-${randomUUID()}`,
  ...quick,
  ...changes,
});
const lease = (changes: Partial<ProvisionRequest> = {}) => leasehold.provision(request(changes));

const refusal = async (work: Promise<unknown>): Promise<LeaseholdError> => {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(LeaseholdError);
  return error as LeaseholdError;
};

const textsFrom = async (number: string) =>
  (await world.entries('text')).filter((entry) => entry.number === number);

async function someFreeNumber(): Promise<string> {
  const { url: baseUrl, apiKey } = world.simulator;
  const api = createContiguity({ baseUrl, apiKey });
  const { data } = await api.lease.available().finally(() => api.close());
  const free = data.filter(({ requirements }) => requirements.length === 0);
  return free[Math.floor(Math.random() * free.length)]!.number;
}

describe('a whole life', () => {
  it('provisions, sends, extends, terminates and tells the release', async () => {
    const leased = await lease({ term: '1 hour' });
    expect(leased.leaseId).toMatch(/^lsd_/);
    expect(leased.billing.price?.currency).toBe('USD');
    expect(leased.url).toBe(
      `http://ui.test/namespaces/${world.namespace.name}/workflows/${encodeURIComponent(`lease/${leased.number}`)}`,
    );

    const sent = await leased.send({ id: 'm1', to, message: 'Hello' });
    expect(sent).toMatchObject({ id: 'm1', outcome: 'sent' });
    expect(await leased.send({ id: 'm1', to, message: 'Hello' })).toEqual(sent);
    expect(await textsFrom(leased.number)).toHaveLength(1);

    const before = await leased.status();
    const { expiresAt } = await leased.extend({ term: '1 hour' });
    expect(Date.parse(expiresAt) - Date.parse(before.expiresAt!)).toBe(3_600_000);

    expect(await leased.terminate({ reason: 'enough' })).toEqual({ state: 'terminating' });
    const result = await leased.released();
    expect(result).toMatchObject({
      number: leased.number,
      releasedBy: 'us',
      reason: 'enough',
      counts: { sent: 1 },
    });

    // What was asked before the end is answered after it as well.
    expect(await leased.send({ id: 'm1', to, message: 'Hello' })).toEqual(sent);
    expect((await refusal(leased.send({ id: 'm2', to, message: 'Late' }))).message).toMatch(
      /is over .*enough/,
    );
    expect(await refusal(leased.extend({ term: '1h' }))).toMatchObject({ type: 'LeaseNotActive' });
    expect(await leased.terminate()).toEqual({ state: 'released' });
    expect((await leased.status()).state).toBe('released');
  });

  it('is listed while it is held', async () => {
    const reference = `listed-${randomUUID()}`;
    const leased = await lease({ reference, term: '1 hour' });
    const listed = async (options: object) => {
      const found = [];
      for await (const each of leasehold.list({ reference, ...options })) found.push(each);
      return found;
    };
    await expect
      .poll(() => listed({ state: 'active' }), { timeout: 30_000 })
      .toMatchObject([
        { number: leased.number, reference, state: 'active', monthlyRate: leased.billing.price?.monthlyRate },
      ]);
    expect((await listed({}))[0]?.url).toMatch(/^http:\/\/ui\.test\/.*\/history$/);
    expect(await listed({ limit: 0 })).toEqual([]);
    await leased.terminate();
    await leased.released();
    await expect.poll(() => listed({}), { timeout: 30_000 }).toEqual([]);
    expect(await listed({ closed: true })).toHaveLength(1);
  });
});

describe('one reference', () => {
  it('gets one number for many callers, and the same answer after the end', async () => {
    const asked = request({ messages: [{ id: 'm1', to, message: 'Hello' }], terminateAfterMessages: true });
    const answers = await Promise.all(Array.from({ length: 20 }, () => leasehold.provision(asked)));
    expect(new Set(answers.map(({ leaseId }) => leaseId)).size).toBe(1);
    await answers[0]!.released();
    const late = await leasehold.provision({ ...asked, settleWindow: '1000ms' });
    expect(late.leased).toEqual(answers[0]!.leased);
    expect((await late.released()).counts.sent).toBe(1);
  });

  it('refuses another request, open or over, and names the field', async () => {
    const asked = request({ criteria: { country: 'US' } });
    const first = await leasehold.provision(asked);
    const other = { ...asked, criteria: { country: 'GB' } };
    expect(await refusal(leasehold.provision(other))).toMatchObject({
      type: 'ReferenceMismatch',
      field: 'criteria',
    });
    expect(await refusal(leasehold.startProvision({ ...asked, term: '1d' }))).toMatchObject({
      field: 'term',
    });
    await first.terminate();
    await first.released();
    expect((await refusal(leasehold.provision(other))).message).toContain('criteria');
  });

  it('compares with the input where another program started the run', async () => {
    const asked = request({ terminateAfterMessages: true, criteria: { country: 'US' } });
    const started = await world.client.workflow.start<(asked: unknown) => Promise<Leased>>(
      NAMES.provisionLease,
      {
        workflowId: provisionId(asked.reference),
        taskQueue: world.taskQueue,
        args: [asked],
      },
    );
    const leased = await started.result();
    expect((await leasehold.provision(asked)).leaseId).toBe(leased.leaseId);
    const error = await refusal(leasehold.provision({ ...asked, terminateAfterMessages: false }));
    expect(error).toMatchObject({ type: 'ReferenceMismatch', field: 'terminateAfterMessages' });
  });

  it('may be tried again after it failed', async () => {
    const number = await someFreeNumber();
    await world.simulator.controls.leaseByOther(number);
    const asked = request({ number, terminateAfterMessages: true });
    expect(await refusal(leasehold.provision(asked))).toMatchObject({
      type: 'NumberUnavailable',
      field: 'number',
    });
    await world.simulator.controls.releaseByOther(number);
    const leased = await leasehold.provision(asked);
    expect(leased.number).toBe(number);
    await leased.released();
  });

  it('may be tried again after it was cancelled, or ended from outside', async () => {
    const taskQueue = `nobody-${randomUUID()}`;
    const nobody = new Leasehold(world.client, { taskQueue }, {});
    const asked = request({ terminateAfterMessages: true });
    const killed = await nobody.startProvision(asked);
    await world.client.workflow.getHandle(provisionId(asked.reference), killed.runId).terminate();
    expect(await refusal(killed.result())).toMatchObject({ type: 'RunKilled' });
    const cancelled = await leasehold.startProvision(asked);
    await cancelled.cancel();
    const outcome = await cancelled.result().catch((error: unknown) => error);
    if (outcome instanceof LeaseholdError) expect(outcome.type).toBe('Cancelled'); // it may have been done before
    const leased = await leasehold.provision(asked);
    await leased.released();
  });

  it('gets its answer also when its end is past', async () => {
    const asked = request({ until: new Date(Date.now() + 3_000).toISOString() });
    const leased = await leasehold.provision(asked);
    expect((await leased.released()).reason).toMatch(/expir/i);
    expect((await leasehold.provision(asked)).leased).toEqual(leased.leased);
    const fresh = { ...asked, reference: `late-${randomUUID()}` };
    expect(await refusal(leasehold.provision(fresh))).toMatchObject({
      type: 'InvalidRequest',
      field: 'until',
    });
  });
});

describe('a handle', () => {
  it('stays with its lease when the number is leased again', async () => {
    const number = await someFreeNumber();
    const first = await lease({ number });
    await first.terminate();
    await first.released();
    const second = await lease({ number });
    expect(second.leaseId).not.toBe(first.leaseId);

    const again = await leasehold.provision({ ...quick, reference: first.reference, number });
    expect(await refusal(again.send({ id: 'x', to, message: 'to the wrong lease' }))).toMatchObject({
      type: 'LeaseNotActive',
    });
    expect(await again.terminate()).toEqual({ state: 'released' });
    expect((await again.status()).reference).toBe(first.reference);
    expect((await first.released()).leaseId).toBe(first.leaseId);
    expect((await second.status()).state).toBe('active');
    expect((await leasehold.lease(number).status()).leaseId).toBe(second.leaseId);
    await second.terminate();
    await second.released();
  });

  it('sends many texts at once, each of them once', async () => {
    const leased = await lease();
    const ids = Array.from({ length: 60 }, (_, index) => `m${index}`);
    const answers = await Promise.all(ids.map((id) => leased.send({ id, to, message: `Hello ${id}` })));
    expect(answers.map(({ id, outcome }) => [id, outcome])).toEqual(ids.map((id) => [id, 'sent']));
    expect(await textsFrom(leased.number)).toHaveLength(60);
    await leased.terminate();
    await leased.released();
  });

  it('names the task queue that no worker polls, also to a client of another queue', async () => {
    const taskQueue = `unpolled-${randomUUID()}`;
    const asked = request({ terminateAfterMessages: true });
    const begun = await new Leasehold(world.client, { taskQueue }, {}).startProvision(asked);
    const unanswered = [begun.status(), begun.result(), leasehold.provision(asked)];
    for (const { type, message } of await Promise.all(unanswered.map(refusal))) {
      expect({ type, message }).toMatchObject({ type: 'NoAnswer' });
      expect(message).toContain(`no worker polls the task queue "${taskQueue}"`);
    }
    await begun.cancel();
    await world.client.workflow.getHandle(provisionId(begun.reference), begun.runId).terminate();
  });

  it('says so where no run owns the number', async () => {
    const nobody = leasehold.lease('+14155550000');
    for (const work of [
      nobody.status(),
      nobody.send({ to, message: 'x' }),
      nobody.terminate(),
      nobody.released(),
    ]) {
      expect(await refusal(work)).toMatchObject({ type: 'LeaseNotActive' });
    }
  });
});

describe('what cannot be', () => {
  it('is refused before anything starts', async () => {
    const asked = request({ messages: [{ id: 'm', to: '555', message: 'x' }] });
    expect(await refusal(leasehold.provision(asked))).toMatchObject({
      type: 'InvalidRequest',
      field: 'messages[0].to',
    });
    await expect(
      world.client.workflow.getHandle(`provision/${asked.reference}`).describe(),
    ).rejects.toThrow();
    expect(() => leasehold.lease('123')).toThrow(LeaseholdError);
  });

  it('names the address where no server answers, and the namespace that is not there', async () => {
    const nowhere = Leasehold.connect({ address: '127.0.0.1:9', env: {} });
    expect(await refusal(nowhere)).toMatchObject({ type: 'Unreachable' });
    await expect(nowhere).rejects.toThrow(/at 127\.0\.0\.1:9/);
    const { address } = world.namespace;
    const wrong = await Leasehold.connect({ address, namespace: 'nowhere', env: {} });
    expect(await refusal(wrong.provision(request()))).toMatchObject({ type: 'NotSetUp' });
    await wrong.close();
  });
});
