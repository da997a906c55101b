/** A cancel in the middle of each call of a life. */
import { expect } from 'vitest';
import { leaseId, provisionId } from '../../domain/ids.js';
import type { FaultedCall, FaultPlan } from '../../simulator/index.js';
import { test } from './fixture.js';
import type { World, WorldOptions } from './harness.js';

/** Calls of a life, in their order, each with room for a cancel to arrive while it is on its way. */
const STEPS = ['find', 'lease', 'verify', 'send', 'terminate', 'look'] as const;
type Step = (typeof STEPS)[number];
const ROUTE_OF: Record<Step, string> = {
  find: 'GET /numbers/leases',
  lease: 'POST /numbers/lease/{number}',
  verify: 'GET /numbers/{number}',
  send: 'POST /send/text',
  terminate: 'DELETE /numbers/leased/{number}',
  look: 'GET /numbers/leased',
};
const REFERENCE = 'cancelled';
const HALF_AN_HOUR_MS = 30 * 60_000;
const MESSAGE = { id: 'm1', to: '+12025550123', message: 'Hello' };

/** Cancels while the first call of a route is on its way, before or after the vendor acted. */
class CancelDuring implements FaultPlan {
  private done = false;

  constructor(
    private readonly route: string,
    private readonly phase: 'before' | 'answering',
    private readonly cancel: (call: FaultedCall) => Promise<unknown>,
  ) {}

  decide(call: FaultedCall) {
    if (this.done || call.route !== this.route) return undefined;
    this.done = true;
    void this.cancel(call).catch(() => undefined); // what is over already cannot be cancelled
    return { phase: this.phase, delayMs: 80 } as const;
  }
}

export async function isOver(world: World, workflowId: string): Promise<boolean> {
  const { status } = await world.server.client.workflow.getHandle(workflowId).describe();
  return status.name !== 'RUNNING';
}

async function allOver(world: World): Promise<boolean> {
  const ids = [provisionId(REFERENCE), ...world.numbers.map(leaseId)];
  return (await Promise.all(ids.map((id) => isOver(world, id)))).every(Boolean);
}

/** Runs a life that is cancelled in the middle of a call, to the end of both its runs. */
async function liveAndCancel(
  open: (options: WorldOptions) => Promise<World>,
  { step, phase, whom }: { step: Step; phase: 'before' | 'answering'; whom: 'provision' | 'lease' },
): Promise<World> {
  const opened: { world?: World } = {};
  const cancel = async ({ number }: FaultedCall) => {
    const owned = number ?? opened.world?.numbers[0] ?? '';
    const id = whom === 'provision' ? provisionId(REFERENCE) : leaseId(owned);
    await opened.world?.server.client.workflow.getHandle(id).cancel();
  };
  const world = await open({ faults: new CancelDuring(ROUTE_OF[step], phase, cancel) });
  opened.world = world;
  await world.work();
  await world.start({ reference: REFERENCE, messages: [MESSAGE], term: '20m' });
  await world.later('both runs are over', HALF_AN_HOUR_MS, () => allOver(world));
  return world;
}

export function testCancels(phase: 'before' | 'answering'): void {
  const moment = phase === 'before' ? 'before the vendor acts' : 'before its answer arrives';

  for (const step of STEPS) {
    test(`a provision cancelled during ${step}, ${moment}, leaves nothing leased`, async ({ open }) => {
      const world = await liveAndCancel(open, { step, phase, whom: 'provision' });
      expect((await world.simulator.controls.ledger()).open).toEqual([]);
      const { status } = await world.server.client.workflow.getHandle(provisionId(REFERENCE)).describe();
      if (step === 'send') return; // its answer is on its way then: both ends are right
      const inTime = step === 'find' || step === 'lease' || step === 'verify';
      expect(status.name).toBe(inTime ? 'CANCELLED' : 'COMPLETED');
    });
  }

  for (const step of STEPS.filter((each) => each !== 'find')) {
    test(`a lease cancelled during ${step}, ${moment}, gives its number back`, async ({ open }) => {
      const world = await liveAndCancel(open, { step, phase, whom: 'lease' });
      const { open: held } = await world.simulator.controls.ledger();
      expect(held).toEqual([]);
      expect((await world.texts()).length).toBeLessThanOrEqual(1);
      const { reason } = await world.lease(world.numbers[0] ?? '').result();
      const inTime = step === 'lease' || step === 'verify' || step === 'send';
      expect(reason).toBe(inTime ? 'cancelled' : 'expired');
    });
  }
}
