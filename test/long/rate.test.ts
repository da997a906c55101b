/** An account that may make so many calls a second: the worker processes share it, and use it. */
import { expect, test } from 'vitest';
import { BRISK, devWorld, type DevWorld } from '../support/dev-world.js';
import { tell } from '../support/tell.js';
import { startWorkerProcess } from '../support/worker-process.js';

const [PER_SECOND, PROVISIONS] = [20, 500];
const OVER_ITS_RATE = 'over its rate';

test.each([1, 4])(
  '%i workers lease five hundred numbers about as fast as the limit allows',
  async (workers) => {
    const world = await devWorld({ rate: PER_SECOND, inventorySize: 1_200 });
    const stop = await start(world, workers);
    const startedAt = Date.now();
    const started = await startAll(world, PROVISIONS);
    await Promise.all(started.map((provision) => provision.result()));
    const seconds = (Date.now() - startedAt) / 1_000;
    const { calls, refused } = callsOf(world);
    const ratio = seconds / (calls / PER_SECOND);
    tell(
      `${workers} workers, ${PROVISIONS} provisions at ${PER_SECOND} calls a second: ${calls} calls in ${seconds.toFixed(1)} s, ` +
        `${ratio.toFixed(2)} times what the limit allows; ${refused} answers of 429; ` +
        JSON.stringify(world.simulator.controls.calls()),
    );
    await stop();
    expect(refused / calls).toBeLessThan(0.02);
    expect(ratio).toBeLessThan(1.5); // 1.1 where nothing else runs beside it
  },
);

test('a limit that drops from 20 to 5 calls a second gets few 429 after half a minute', async () => {
  const world = await devWorld({ rate: PER_SECOND, inventorySize: 1_200 });
  const stop = await start(world, 2);
  const started = await startAll(world, 300);
  await seconds(10);
  world.simulator.controls.setRate(5);
  await seconds(30);
  const before = callsOf(world);
  await seconds(60);
  const after = callsOf(world);
  const [calls, refused] = [after.calls - before.calls, after.refused - before.refused];
  tell(
    `half a minute after a drop from 20 to 5 calls a second: ${refused} of ${calls} calls got 429 in a minute`,
  );
  world.simulator.controls.setRate(0);
  await Promise.all(started.map((provision) => provision.result()));
  await stop();
  expect(calls).toBeGreaterThan(150);
  expect(refused / calls).toBeLessThan(0.02);
});

/** Some at a time: one process of a busy machine cannot start hundreds within the time limit of a call. */
async function startAll(world: DevWorld, count: number) {
  const started = [];
  for (let first = 0; first < count; first += 20) {
    const some = Array.from({ length: 20 }, (_, nth) => `rate-${first + nth}`);
    const begin = (reference: string) => world.leasehold.startProvision({ reference, ...BRISK });
    started.push(...(await Promise.all(some.map(begin))));
  }
  return started;
}

async function start(world: DevWorld, count: number): Promise<() => Promise<void>> {
  const env = { ...world.env, LEASEHOLD_API_RATE: String(PER_SECOND) };
  const workers = await Promise.all(Array.from({ length: count }, () => startWorkerProcess(env)));
  await seconds(7); // by then they have counted each other
  return async () => {
    await Promise.all(workers.map((worker) => worker.stop()));
  };
}

function callsOf({ simulator }: DevWorld) {
  const { counts } = simulator.controls.faults();
  const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0);
  const refused = Object.entries(counts).flatMap(([name, times]) =>
    name.includes(OVER_ITS_RATE) ? [times] : [],
  );
  return { calls: sum(Object.values(simulator.controls.calls())), refused: sum(refused) };
}

function seconds(count: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, count * 1_000));
}
