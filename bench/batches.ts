/** Many lives at once: what they take together, and of which way a machine carries more. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Contender } from './contenders.js';
import {
  rotated,
  serverOf,
  WAYS,
  withContenders,
  type Batch,
  type BatchPlan,
  type BatchSample,
  type PeakSample,
  type Servers,
  type Way,
} from './measure.js';
import type { Server } from './servers.js';

type Measured = Omit<BatchSample, 'way' | 'roundTripMs' | 'round'>;

export async function measureBatches(
  servers: Servers,
  plan: BatchPlan,
  report: (line: string) => void,
): Promise<{ batches: BatchSample[]; peaks: PeakSample[] }> {
  const batches: BatchSample[] = [];
  const peaks: PeakSample[] = [];
  const groups = plan.apart ? WAYS.map((way) => [way]) : [WAYS];
  for (const group of groups) {
    await withContenders(servers, plan, group, async (contenders) => {
      for (const { batch, round, way } of turnsOf(plan, group)) {
        const name = `${batch.atOnce}-${round}`;
        const measured = await measureBatch(contenders[way]!, serverOf(servers, way), name, batch);
        batches.push({ way, roundTripMs: plan.roundTripMs, round, ...measured });
        report(`${way}: ${measured.done} of ${batch.lives} lives, ${batch.atOnce} at once, round ${round}`);
      }
      for (const way of group) peaks.push(await peakOf(way, contenders[way]!, serverOf(servers, way)));
    });
  }
  return { batches, peaks };
}

function turnsOf({ batches, rounds }: BatchPlan, group: readonly Way[]) {
  return batches.flatMap((batch) =>
    Array.from({ length: rounds }, (_, index) => index + 1).flatMap((round) =>
      rotated(group, round).map((way) => ({ batch, round, way })),
    ),
  );
}

async function measureBatch(
  contender: Contender,
  server: Server | undefined,
  name: string,
  batch: Batch,
): Promise<Measured> {
  await contender.prepare('cold');
  const usage = async () => ({
    worker: (await contender.worker()).cpuMs,
    server: (await server?.usage())?.cpuMs,
    client: clientCpuMs(),
    calls: await contender.calls(),
  });
  const before = await usage();
  const led = await leadAll(contender, name, batch);
  const after = await usage();
  const open = await contender.open();
  if (led.done === batch.lives && open !== 0) throw new Error(`${open} leases are open after all lives`);
  const serverMs = after.server !== undefined && before.server !== undefined && after.server - before.server;
  return {
    lives: batch.lives,
    atOnce: batch.atOnce,
    ...led,
    calls: after.calls - before.calls,
    cpuMs: {
      worker: after.worker - before.worker,
      client: after.client - before.client,
      ...(serverMs !== false && { server: serverMs }),
    },
  };
}

/** A new life begins as soon as an old one is over. */
async function leadAll(
  contender: Contender,
  name: string,
  { lives, atOnce, patienceS }: Batch,
): Promise<Pick<Measured, 'done' | 'seconds' | 'usableSeconds'>> {
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1_000;
  const patience = new AbortController();
  let begun = 0;
  let done = 0;
  let usableSeconds = 0;
  const leadSome = async () => {
    while (begun < lives && !patience.signal.aborted) {
      const at = seconds();
      const life = await contender.live(`batch-${name}-${(begun += 1)}`).catch(() => undefined);
      if (!life) continue; // too much at once for it: a life that is not done
      usableSeconds = Math.max(usableSeconds, at + life.usableMs / 1_000);
      done += 1;
    }
  };
  const all = Promise.all(Array.from({ length: atOnce }, leadSome));
  await Promise.race([all, sleep(patienceS * 1_000, undefined, { ref: false })]);
  patience.abort();
  return { done, seconds: seconds(), ...(done === lives && { usableSeconds }) };
}

async function peakOf(way: Way, contender: Contender, server: Server | undefined): Promise<PeakSample> {
  const usage = await server?.usage();
  return {
    way,
    workerMiB: (await contender.worker()).peakMiB,
    ...(usage && { serverMiB: usage.peakMiB }),
  };
}

function clientCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}
