import { createServer, request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { startSimulator } from '../../../simulator/index.js';
import { test } from '../../support/fixture.js';
import type { World } from '../../support/harness.js';
import { Plan, ROUTE } from '../../support/plan.js';

const MINUTE_MS = 60_000;
const HALF_AN_HOUR = { minMs: 30 * MINUTE_MS, maxMs: 30 * MINUTE_MS };
const THEIR_KEY = 'contiguity_sk_of_another_account';

test("a worker that comes back with another account's key ends no run, whatever its lease was doing", async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ takeOvers: true, faults, termination: HALF_AN_HOUR });
  const theirs = await startSimulator({ clock: world.server, apiKey: THEIR_KEY, inventorySize: 5 });
  onTestFinished(() => theirs.close());
  const api = await switchboard(world.simulator.url);
  const stop = await world.work(undefined, api.url);
  const leases = await inEveryState(world, faults);
  await stop();

  api.connect(theirs.url);
  const stopTheirs = await world.work(THEIR_KEY, api.url);
  await world.server.sleep(80 * MINUTE_MS);
  for (const { lease, state } of leases) expect((await lease.status()).state).toBe(state);
  expect((await theirs.controls.ledger()).entries).toEqual([]);
  await stopTheirs();

  api.connect(world.simulator.url);
  faults.clear();
  world.simulator.controls.setTermination({ minMs: 0, maxMs: 0 });
  await world.work(undefined, api.url);
  for (const { lease } of leases) {
    if ((await lease.status()).state === 'active') await lease.terminate();
  }
  for (const { lease } of leases) expect(await lease.result()).toMatchObject({ releasedBy: 'us' });
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
}, 180_000);

test('a worker that comes back pointed at an empty simulator ends no run, whatever its lease was doing', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ takeOvers: true, faults, termination: HALF_AN_HOUR });
  const empty = await startSimulator({ clock: world.server });
  onTestFinished(() => empty.close());
  const stop = await world.work();
  const leases = await inEveryState(world, faults);
  await stop();

  const stopThere = await world.work(undefined, empty.url);
  await world.server.sleep(80 * MINUTE_MS);
  for (const { lease, state } of leases) expect((await lease.status()).state).toBe(state);
  expect(empty.controls.calls()).toEqual({});
  await stopThere();

  faults.clear();
  world.simulator.controls.setTermination({ minMs: 0, maxMs: 0 });
  await world.work();
  for (const { lease } of leases) {
    if ((await lease.status()).state === 'active') await lease.terminate();
  }
  for (const { lease } of leases) expect(await lease.result()).toMatchObject({ releasedBy: 'us' });
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
}, 180_000);

/** Leases that are terminating, about to expire, in use, and asked for with an answer that was lost. */
async function inEveryState(world: World, faults: Plan) {
  const terminating = await world.leased({ reference: 'terminating' });
  await terminating.terminate();
  const expiring = await world.leased({ reference: 'expiring', term: '1h' });
  const active = await world.leased({ reference: 'active' });
  const [free] = await world.freeNumbers();
  const { number } = free!;
  faults.on(ROUTE.read, () => undefined); // the search
  faults.on(ROUTE.read, { phase: 'before', status: 503 }, Infinity);
  faults.on(ROUTE.lease, { phase: 'after', reset: true });
  await world.start({ reference: 'leasing', number, terminateAfterMessages: true });
  await world.soon('the lease', async () => (await world.simulator.controls.ledger()).open.length === 4);
  return [
    { lease: terminating, state: 'attention' },
    { lease: expiring, state: 'attention' },
    { lease: active, state: 'active' },
    { lease: world.lease(number), state: 'attention' },
  ];
}

/** One address of an API with one account or another behind it: an API is told by its address, an account by nothing. */
async function switchboard(first: string) {
  let target = first;
  const server = createServer((incoming: IncomingMessage, outgoing: ServerResponse) => {
    const { method, url = '', headers } = incoming;
    const onward = ask(new URL(url, target), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, connect: (url: string) => void (target = url) };
}
