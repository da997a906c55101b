/** State that outlives the process. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SimulatorOptions } from '../../simulator/index.js';
import { Simulated } from '../support/simulated.js';

const termination = { minMs: 10_000, maxMs: 10_000 };

let folder: string;
let stateFile: string;
let api: Simulated;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulator-'));
  stateFile = join(folder, 'deep', 'simulator.json');
  api = await Simulated.open({ stateFile, termination, inventorySize: 50 });
});
afterEach(async () => {
  await api.simulator.close();
  await rm(folder, { recursive: true });
});

async function restart(options: SimulatorOptions = {}): Promise<void> {
  await api.simulator.close();
  api = await Simulated.open({ stateFile, ...options }, api.now);
}

it('goes on after a restart: leases, lags, texts, money, entitlements and counts', async () => {
  const [held = '', going = ''] = await api.plain();
  const leaseId = await api.lease(held);
  await api.lease(going);
  const messageId = await api.send(held);
  await api.terminate(going);
  api.simulator.controls.setEntitlement('whatsapp', true);
  const before = await api.simulator.controls.ledger();
  const calls = api.simulator.controls.calls();
  await restart();

  expect(await api.simulator.controls.ledger()).toEqual(before);
  expect(api.simulator.controls.calls()).toEqual(calls);
  expect(await api.get(held)).toMatchObject({ lease_id: leaseId });
  expect((await api.get(going)).status).toBe('leased');
  expect((await api.simulator.controls.account()).entitlements).toMatchObject({ whatsapp: true });
  expect(await api.data(200, `GET /conversations/history/message/${messageId}`)).toMatchObject({
    from: held,
  });
  api.skip(10_000);
  expect((await api.get(going)).status).toBe('available');
  expect((await api.simulator.controls.ledger()).entries.at(-1)).toMatchObject({
    kind: 'released',
    at: api.now,
  });
});

it('writes within a moment, beside and renamed, for its owner alone', async () => {
  await api.lease((await api.plain())[0]!);
  const saved = async (): Promise<unknown> => JSON.parse(await readFile(stateFile, 'utf8'));
  await expect.poll(saved).toMatchObject({ leases: [{ status: 'active' }] });
  expect((await stat(stateFile)).mode).toBe(0o100600);
  expect(await readdir(join(folder, 'deep'))).toEqual(['simulator.json']);
});

it('takes the key and the lag that are asked for now, and keeps its inventory', async () => {
  const [id = ''] = await api.plain();
  await api.lease(id);
  await restart({ apiKey: 'contiguity_sk_other', termination: 'never' });
  expect(await api.simulator.controls.account()).toMatchObject({ termination: 'never', leases: 1 });
  expect((await api.get(id)).status).toBe('leased');
  await api.simulator.close();
  const start = (options: object) => Simulated.open({ stateFile, ...options });
  await expect(start({ seed: 7 })).rejects.toThrow(/^seed: .*simulator\.json was made with 1; leave it out/);
  await expect(start({ inventorySize: 51 })).rejects.toThrow(
    /^inventorySize: .* was made with 50; leave it out/,
  );
});

it.each(['', '{', '[]', '{"seed":1}'])('does not start on a file that it cannot read: %j', async (text) => {
  await api.simulator.close();
  await writeFile(stateFile, text);
  await expect(Simulated.open({ stateFile })).rejects.toThrow(
    `the simulator's state file ${stateFile} cannot be read; move it away to start afresh`,
  );
  expect(await readFile(stateFile, 'utf8')).toBe(text);
});

it('leaves the file alone once it is closed', async () => {
  const [id = ''] = await api.plain();
  const first = api.simulator;
  await restart();
  await api.lease(id);
  await api.simulator.close();
  await first.close();
  expect(JSON.parse(await readFile(stateFile, 'utf8'))).toMatchObject({ leases: [{ number: id }] });
});

it('does not start where it cannot keep its state', async () => {
  const inTheWay = join(folder, 'file');
  await writeFile(inTheWay, '');
  await expect(Simulated.open({ stateFile: join(inTheWay, 'simulator.json') })).rejects.toThrow(inTheWay);
});
