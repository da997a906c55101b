/** Terminations that wait for their turn at the API: nothing is looked at before anything was asked. */
import { expect, test } from 'vitest';
import { leaseId } from '../../../domain/ids.js';
import { BRISK, devWorld, type DevWorld } from '../../support/dev-world.js';
import { ROUTE } from '../../support/plan.js';
import { sentBackThenFailing } from '../../support/sent-back.js';

const LEASES = 10;
/** Calls a second: so few that most terminations are sent back to wait. */
const API_RATE = 2;

test('a termination that waits its turn is called when its turn comes, and looked at only then', async () => {
  const world = await devWorld({ apiRate: API_RATE });
  await world.work();
  const references = Array.from({ length: LEASES }, (_, nth) => `in-turn-${nth}`);
  const leases = await Promise.all(
    references.map((reference) => world.leasehold.provision({ reference, ...BRISK })),
  );
  await Promise.all(leases.map((lease) => lease.terminate()));
  await Promise.all(leases.map((lease) => lease.released()));
  const steps = (await Promise.all(leases.map(({ number }) => stepsOf(world, number)))).flat();
  const afterHeldBack = steps.flatMap(({ name, isHeldBack }, at) =>
    name === 'terminateLease' && isHeldBack ? [steps[at + 1]?.name] : [],
  );
  expect(afterHeldBack.length).toBeGreaterThan(0);
  expect(new Set(afterHeldBack)).toEqual(new Set(['terminateLease']));
  expect(world.simulator.controls.calls()[ROUTE.terminate]).toBe(LEASES);
});

/** The terminations and looks of a number's run, in order. */
async function stepsOf({ client }: DevWorld, number: string) {
  const { events } = await client.workflow.getHandle(leaseId(number)).fetchHistory();
  const names = new Map(
    events?.map((event) => [
      Number(event.eventId),
      event.activityTaskScheduledEventAttributes?.activityType?.name ?? '',
    ]),
  );
  const ended = (events ?? []).flatMap((event) => event.activityTaskCompletedEventAttributes ?? []);
  return ended
    .map(({ scheduledEventId, result }) => ({
      name: names.get(Number(scheduledEventId)) ?? '',
      isHeldBack: Buffer.from(result?.payloads?.[0]?.data ?? '').includes('"heldBack":true'),
    }))
    .filter(({ name }) => name === 'terminateLease' || name === 'checkRelease');
}

test('what was sent back to wait its turn makes the first failure after it no sixth one', async () => {
  const world = await devWorld(sentBackThenFailing());
  await world.work();
  const lease = await world.leasehold.provision({ reference: 'sent-back', ...BRISK });
  await lease.send({ id: 'm1', to: '+12025550123', message: 'Hello' });
  await lease.terminate();
  await lease.released();
  const { events } = await world.client.workflow.getHandle(leaseId(lease.number)).fetchHistory();
  const waits = (events ?? []).flatMap(
    ({ timerStartedEventAttributes: timer }) => timer?.startToFireTimeout?.seconds ?? [],
  );
  expect(Math.max(...waits.map(Number))).toBeLessThan(3);
  const states = (events ?? []).flatMap(({ upsertWorkflowSearchAttributesEventAttributes: upsert }) =>
    Object.values(upsert?.searchAttributes?.indexedFields ?? {}).map(({ data }) =>
      Buffer.from(data ?? []).toString(),
    ),
  );
  expect(states).toContain('"active"');
  expect(states).not.toContain('"attention"');
});
