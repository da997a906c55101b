/** `kill -9` of the worker between any two steps of a life changes nothing but time. */
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Fault, FaultedCall, FaultPlan } from '../../simulator/index.js';
import { BRISK, DevWorld, devWorld } from '../support/dev-world.js';
import { Gate, startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';

/** A call of a life: which route, and the how-manieth call of it. */
const STEPS = {
  find: { route: 'GET /numbers/leases', nth: 1 },
  lease: { route: 'POST /numbers/lease/{number}', nth: 1 },
  verify: { route: 'GET /numbers/{number}', nth: 1 },
  send: { route: 'POST /send/text', nth: 1 },
  terminate: { route: 'DELETE /numbers/leased/{number}', nth: 1 },
  'first look for the release': { route: 'GET /numbers/leased', nth: 1 },
  'proof of the release': { route: 'GET /numbers/{number}', nth: 2 },
};
type Step = keyof typeof STEPS;

/** The worker dies before the vendor acts, before the vendor's answer leaves, or just after it has come. */
type Moment = 'before it acts' | 'before it answers' | 'after it answered';
const MOMENTS: Moment[] = ['before it acts', 'before it answers', 'after it answered'];
/** For a read the first two are the same to everybody. */
const CHANGES: Step[] = ['lease', 'send', 'terminate'];
const BOUNDARIES = (Object.keys(STEPS) as Step[]).flatMap((step) =>
  MOMENTS.filter((moment) => moment !== 'before it answers' || CHANGES.includes(step)).map((moment) => ({
    step,
    moment,
  })),
);

/** Long enough for an answer to arrive, and short before the next step has got far. */
const ANSWER_ARRIVES_MS = 3;
/** The machine has other things to do: worker processes beyond this many wait for their turn. */
const gate = new Gate(3);

const TEXT = { id: 'm1', to: '+12025550123', message: 'Only once' };

class KillAt implements FaultPlan {
  victim: WorkerProcess | undefined;

  constructor(
    private readonly at: { route: string; nth: number },
    private readonly moment: Moment,
  ) {}

  decide({ route, nth }: FaultedCall): Fault | undefined {
    if (route !== this.at.route || nth !== this.at.nth) return undefined;
    if (this.moment === 'after it answered') {
      setTimeout(() => this.victim?.kill(), ANSWER_ARRIVES_MS);
      return undefined;
    }
    this.victim?.kill();
    return { phase: this.moment === 'before it acts' ? 'before' : 'after', reset: true };
  }
}

/** One life whose worker dies at the boundary and whose next worker finishes it. */
async function life({ step, moment }: (typeof BOUNDARIES)[number]): Promise<DevWorld> {
  const plan = new KillAt(STEPS[step], moment);
  const world = await DevWorld.open({ faults: plan });
  const request = {
    reference: `killed at ${step}`,
    messages: [TEXT],
    terminateAfterMessages: true,
    ...BRISK,
  };
  const started = await gate.through(async () => {
    const victim = await startWorkerProcess(world.env);
    plan.victim = victim;
    const provision = await world.leasehold.startProvision(request);
    expect(await victim.exited).toMatchObject({ signal: 'SIGKILL' });
    return provision;
  });
  await gate.through(async () => {
    const worker = await startWorkerProcess(world.env);
    const lease = await started.result();
    const result = await lease.released();
    expect(result).toMatchObject({ leaseId: lease.leaseId, releasedBy: 'us', counts: { sent: 1 } });
    await worker.stop();
  });
  return world;
}

describe('kill -9 of the worker', () => {
  const lives = new Map<(typeof BOUNDARIES)[number], Promise<DevWorld>>();

  beforeAll(() => {
    for (const boundary of BOUNDARIES) {
      const lived = life(boundary);
      lived.catch(() => undefined); // its own test tells
      lives.set(boundary, lived);
    }
  });

  test.each(BOUNDARIES)(
    'at $step, $moment',
    async (boundary) => {
      const world = await lives.get(boundary)!;
      expect(await world.entries('leased')).toHaveLength(1);
      expect(await world.entries('text')).toMatchObject([{ message: TEXT.message }]);
      expect(await world.entries('released')).toHaveLength(1);
      expect((await world.simulator.controls.ledger()).open).toEqual([]);
      await world.close();
    },
    180_000,
  );
});

test('SIGTERM under load drains: no call is lost or made twice', async () => {
  const calls: string[] = [];
  const world = await devWorld({ latencyMs: 300, faults: { decide: ({ route }) => void calls.push(route) } });
  const first = await startWorkerProcess(world.env);
  const provisions = Array.from({ length: 20 }, (_, index) =>
    world.leasehold.provision({
      reference: `load-${index}`,
      messages: [{ ...TEXT, message: `Text ${index}` }],
      terminateAfterMessages: true,
      ...BRISK,
    }),
  );
  while (!calls.includes('POST /send/text')) await sleep(20);
  first.process.kill('SIGTERM');
  const second = await startWorkerProcess(world.env);
  expect(await first.exited).toMatchObject({ code: 0 });
  expect(first.lines.join('\n')).toContain('worker drained');
  const leases = await Promise.all(provisions);
  const results = await Promise.all(leases.map((lease) => lease.released()));
  expect(results.every(({ counts }) => counts.sent === 1)).toBe(true);
  const count = (route: string) => calls.filter((call) => call === route).length;
  expect(await world.entries('leased')).toHaveLength(20);
  expect(await world.entries('text')).toHaveLength(20);
  expect(count('POST /numbers/lease/{number}')).toBe(20);
  expect(count('POST /send/text')).toBe(20);
  await second.stop();
});
