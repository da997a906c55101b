/** State that outlives the process. */
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { RECIPIENT, SimulatedApi, START } from '../support/simulator-api.js';

let folder: string;
let stateFile: string;
let api: SimulatedApi;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulator-'));
  stateFile = join(folder, 'deep', 'simulator.json');
  api = await SimulatedApi.start({ stateFile, inventorySize: 50 });
});
afterEach(async () => {
  await api.close();
  await rm(folder, { recursive: true });
});

async function restart(options: Parameters<typeof SimulatedApi.start>[0] = {}): Promise<void> {
  await api.close();
  api = await SimulatedApi.start({ stateFile, ...options }, api.clock.time);
}

it('goes on after a restart: leases, lags, texts, money, entitlements and counts', async () => {
  const [held, going] = [await api.plain(), await api.plain(1)];
  const leaseId = await api.lease(held.id);
  await api.lease(going.id);
  const { data } = await api.send(held.id);
  await api.terminate(going.id);
  api.controls.setEntitlement('whatsapp', true);
  const before = await api.controls.ledger();
  const calls = api.controls.calls();
  await restart();

  expect(await api.controls.ledger()).toEqual(before);
  expect(api.controls.calls()).toEqual(calls);
  expect(await api.get(held.id)).toMatchObject({ lease_id: leaseId });
  expect((await api.get(going.id)).status).toBe('leased');
  expect((await api.controls.account()).entitlements).toMatchObject({ whatsapp: true });
  expect(
    (await api.call(200, 'GET', `/conversations/history/message/${String(data['message_id'])}`)).data,
  ).toMatchObject({
    to: RECIPIENT,
  });
  api.pass(10_000);
  expect((await api.get(going.id)).status).toBe('available');
  expect((await api.controls.ledger()).entries.at(-1)).toMatchObject({
    kind: 'released',
    at: START + 10_000,
  });
});

it('writes within a moment, beside and renamed, for its owner alone', async () => {
  await api.lease((await api.plain()).id);
  await expect.poll(async () => (await stat(stateFile).catch(() => undefined))?.mode).toBe(0o100600);
  expect(JSON.parse(await readFile(stateFile, 'utf8'))).toMatchObject({ leases: [{ status: 'active' }] });
  expect(await readdir(join(folder, 'deep'))).toEqual(['simulator.json']);
});

it('takes the key and the lag that are asked for now, and keeps its inventory', async () => {
  const { id } = await api.plain();
  await api.lease(id);
  await restart({ apiKey: 'contiguity_sk_other', termination: 'never' });
  expect(await api.controls.account()).toMatchObject({ termination: 'never', leases: 1 });
  expect((await api.get(id)).status).toBe('leased');
  await api.close();
  const start = (options: object) => SimulatedApi.start({ stateFile, ...options });
  await expect(start({ seed: 7 })).rejects.toThrow(/^seed: .*simulator\.json was made with 1; leave it out/);
  await expect(start({ inventorySize: 51 })).rejects.toThrow(
    /^inventorySize: .* was made with 50; leave it out/,
  );
});

it.each(['', '{', '[]', '{"seed":1}'])('does not start on a file that it cannot read: %j', async (text) => {
  await api.close();
  await writeFile(stateFile, text);
  await expect(SimulatedApi.start({ stateFile })).rejects.toThrow(
    `the simulator's state file ${stateFile} cannot be read; move it away to start afresh`,
  );
  expect(await readFile(stateFile, 'utf8')).toBe(text);
});
