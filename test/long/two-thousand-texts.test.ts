import { expect } from 'vitest';
import { leaseId } from '../../domain/ids.js';
import type { Message } from '../../domain/contract.js';
import { test } from '../support/fixture.js';
import { failureOf, type LeaseHandle } from '../support/handles.js';
import { longest } from '../support/histories.js';
import { tell } from '../support/tell.js';

const [IN_REQUEST, LATER, TOGETHER] = [1_000, 1_000, 8];
const TEXTS = IN_REQUEST + LATER;

test('two thousand texts through one lease stay within the limits of a history', async ({ open }) => {
  const world = await open();
  await world.work();
  const messages = Array.from({ length: TEXTS }, (_, nth) => ({
    id: `m${nth}`,
    to: '+12025550123',
    message: `text ${nth}`,
  }));
  const pacing = { perSecond: 100, burst: 1_000 };
  const lease = await world.leased({ reference: 'busy', messages: messages.slice(0, IN_REQUEST), pacing });
  const { runId } = await lease.handle.describe();
  for (let first = IN_REQUEST; first < TEXTS; first += TOGETHER) {
    const some = messages.slice(first, first + TOGETHER);
    await Promise.all(some.map((message) => insist(lease, message)));
  }
  await lease.terminate();
  const result = await lease.result();
  expect(result).toMatchObject({ releasedBy: 'us', counts: { sent: TEXTS, unknown: 0, refused: 0 } });
  const texts = (await world.texts()).map(({ message }) => message);
  expect(new Set(texts).size).toBe(TEXTS);
  expect(texts).toHaveLength(TEXTS);

  const { runs, events, bytes } = await longest(world.server.client, {
    workflowId: leaseId(lease.number),
    runId,
  });
  tell(`${TEXTS} texts in ${runs} runs; the longest history has ${events} events, ${bytes} bytes`);
  expect(events).toBeLessThan(5_000); // Temporal warns at 10,240 and ends a run at 51,200
  expect(bytes).toBeLessThan(5 * 1024 * 1024); // and at 10 and 50 MB
});

/** As a service does: a lease that goes on in a new run answers `Busy`, and the same id is asked for again. */
async function insist(lease: LeaseHandle, message: Message): Promise<void> {
  for (let tries = 1; ; tries += 1) {
    const answer = lease.send(message);
    const isSent = await answer.then(
      () => true,
      () => false,
    );
    if (isSent) return;
    const { type } = await failureOf(answer);
    if (type !== 'Busy' || tries === 10) throw new Error(`${message.id} was refused: ${type}`);
  }
}
