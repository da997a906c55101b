/** The audit as people and programs ask for it, of leases on a real server. */
import { createHash } from 'node:crypto';
import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import { Leasehold, type AuditOptions, type AuditRecord } from '../../../client/index.js';
import { BRISK, DevWorld, until } from '../../support/dev-world.js';
import { runCommand } from '../../support/commands.js';

let world: DevWorld;

beforeAll(async () => {
  world = await DevWorld.open();
  await world.work();
});
afterAll(() => world.close());

async function audit(options: AuditOptions, count = 1): Promise<AuditRecord[]> {
  const read = async () => {
    const records = [];
    for await (const record of world.leasehold.audit(options)) records.push(record);
    return records;
  };
  return until('it is listed', read, ({ length }) => length === count);
}

function run(...args: string[]) {
  return runCommand(['audit', ...args], world.env);
}

const to = '+12025550123';
const hash = (text: string) => createHash('sha256').update(`${to}\n${text}`).digest('hex');

describe('audit', () => {
  it('tells a whole life, to people and to programs', async () => {
    const request = { reference: 'told', labels: { tenant: 'acme' }, ...BRISK };
    const first = { id: 'first', to, message: 'Secret one' };
    const lease = await world.leasehold.provision({ ...request, messages: [first] });
    const { messageId } = await lease.send({ id: 'second', to, message: 'Secret two' });
    await lease.extend({ until: '2090-01-01T00:00:00Z' });
    await lease.terminate({ reason: 'enough' });
    const { releasedAt } = await lease.released();

    const me = (world.client.options as { identity: string }).identity;
    const [record] = await audit({ number: lease.number });
    expect(record).toMatchObject({
      version: 1,
      reference: 'told',
      number: lease.number,
      leaseId: lease.leaseId,
      labels: { tenant: 'acme' },
      state: 'released',
      leasedAt: lease.leasedAt,
      request: {
        by: me,
        candidates: [{ number: lease.number, outcome: 'leased', price: lease.billing.price }],
      },
      changes: [
        { by: me, what: 'extend', asked: { until: '2090-01-01T00:00:00Z' } },
        { by: me, what: 'terminate', asked: { reason: 'enough' } },
      ],
      reason: 'enough',
      release: { provenAt: releasedAt, by: 'us', provenBy: expect.stringContaining('@') as string },
      textsLeftOut: 0,
      gaps: [],
    });
    expect(record!.texts).toMatchObject([
      { id: 'first', by: me, hash: hash('Secret one'), outcome: 'sent', calls: [{ outcome: 'sent' }] },
      { id: 'second', by: me, hash: hash('Secret two'), outcome: 'sent', messageId },
    ]);
    const charges = (await world.entries('charge')).filter(({ leaseId }) => leaseId === lease.leaseId);
    expect(record!.cost.parts.map(({ what, amount }) => [what, amount])).toEqual(
      charges.map(({ what, amount }) => [what, amount]),
    );

    const told = await run('told');
    expect(told.code).toBe(0);
    expect(told.out).toMatch(/2 sent/);
    expect(told.out).toMatch(/1 in all\. Cost.*: [\d.]+ USD\./);
    const { out } = await run('--label', 'tenant=acme', '--since', '2020-01-01', '--json');
    expect(out.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(out)).toMatchObject({ number: lease.number, cost: { total: record!.cost.total } });
    for (const text of [JSON.stringify(record), told.out, out])
      expect(text).not.toMatch(/Secret|\+12025550123/);
  });

  it('names whoever gave a name, and what a request that failed was refused', async () => {
    const [number = ''] = await world.available();
    await world.simulator.controls.leaseByOther(number);
    const { address, name: namespace } = world.namespace;
    const named = await Leasehold.connect({
      address,
      namespace,
      identity: 'billing',
      env: {},
      taskQueue: world.taskQueue,
    });
    await expect(named.provision({ reference: 'refused', number, ...BRISK })).rejects.toMatchObject({
      type: 'NumberUnavailable',
    });
    await named.close();
    const [record] = await audit({ reference: 'refused' });
    expect(record).toMatchObject({
      state: 'failed',
      number: null,
      leaseId: null,
      request: { by: 'billing', failure: { type: 'NumberUnavailable' } },
      cost: { total: 0, parts: [] },
    });
  });

  it('says what is not kept any more', async () => {
    const lease = await world.leasehold.provision({
      reference: 'forgotten',
      terminateAfterMessages: true,
      ...BRISK,
    });
    await lease.released();
    await world.client.workflowService.deleteWorkflowExecution({
      namespace: world.namespace.name,
      workflowExecution: { workflowId: 'provision/forgotten' },
    });
    const [record] = await until(
      'the history is gone',
      () => audit({ number: lease.number }),
      ([{ request } = { request: null }]) => request === null,
    );
    expect(record!.gaps).toEqual([
      expect.stringMatching(/provision\/forgotten, run .* is not kept any more/),
    ]);
    expect(record).toMatchObject({ state: 'released', reference: 'forgotten', leaseId: lease.leaseId });
    expect((await run('+14155550000')).out).toMatch(/Nothing is kept of that/);
    expect(await run('--since', 'soon')).toMatchObject({ code: 2 });
  });
});
