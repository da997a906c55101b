import { expect } from 'vitest';
import { timeOf } from '../../bench/history-counts.js';
import { provisionId } from '../../domain/ids.js';
import { WAKE } from '../../domain/lease-input.js';
import { test } from '../support/fixture.js';
import { Plan, ROUTE } from '../support/plan.js';

test('a provision whose number took long learns of it at once, and not by a timer of its own', async ({
  open,
}) => {
  const faults = new Plan();
  const world = await open({ faults });
  await world.work();
  faults.on(ROUTE.lease, { phase: 'after', reset: true });
  faults.on(ROUTE.read, { phase: 'before', status: 503 }, 7); // some two minutes
  await world.provision({ reference: 'slow', settleWindow: '3s' });
  const { events } = await world.server.client.workflow.getHandle(provisionId('slow')).fetchHistory();
  const all = events ?? [];
  const woken = all.find((event) => event.workflowExecutionSignaledEventAttributes?.signalName === WAKE);
  expect(woken).toBeDefined();
  expect(timeOf(all.at(-1)!) - timeOf(woken!)).toBeLessThan(3_000);
});

test('a provision that is answered soon is not woken: it costs nothing', async ({ open }) => {
  const world = await open();
  await world.work();
  await world.provision({ reference: 'quick' });
  const { events } = await world.server.client.workflow.getHandle(provisionId('quick')).fetchHistory();
  expect((events ?? []).some((event) => event.workflowExecutionSignaledEventAttributes)).toBe(false);
});
