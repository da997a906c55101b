/** What the product is measured against: whole without faults, so that the comparison is fair, and what it loses with them. */
import { randomUUID } from 'node:crypto';
import { Worker } from '@temporalio/worker';
import { expect, onTestFinished } from 'vitest';
import {
  createTextbookWorker,
  leaseQuery,
  sendSignal,
  terminateSignal,
  textbookId,
  textbookLease,
  TEXTBOOK_BUNDLE,
  usableUpdate,
  type TextbookRequest,
} from '../../../bench/textbook/index.js';
import { createContiguity } from '../../../contiguity/index.js';
import { startSimulator, type Ledger, type SimulatorOptions } from '../../../simulator/index.js';
import { test } from '../../support/fixture.js';
import type { Server } from '../../support/harness.js';
import { Plan, ROUTE } from '../../support/plan.js';
import { replaying } from '../../support/servers.js';

const TO = '+12025550123';
const MINUTE_MS = 60_000;

test('a whole life: texts, a signal of each kind, a slow release', async ({ server }) => {
  const { start, ledger } = await open(server, {
    termination: { minMs: 5 * MINUTE_MS, maxMs: 5 * MINUTE_MS },
  });
  const run = await start({ reference: 'good', messages: [text('m1'), text('m2')] });
  const lease = await run.executeUpdate(usableUpdate);
  expect(await run.query(leaseQuery)).toEqual(lease);
  await run.signal(sendSignal, text('m3'));
  await server.sleep(60 * MINUTE_MS);
  expect((await ledger()).open).toMatchObject([lease]);
  await run.signal(terminateSignal);
  expect(await server.waitFor!(run.result())).toEqual(lease);
  const { entries, open: left } = await ledger();
  expect(left).toEqual([]);
  expect(textsOf({ entries, open: left })).toEqual(['m1', 'm2', 'm3']);
});

test('twenty callers at once get a number each, for a term, for texts or until cancelled', async ({
  server,
}) => {
  const { start, ledger } = await open(server, { inventorySize: 60 });
  const runs = await Promise.all(
    Array.from({ length: 20 }, (_, index) =>
      start({
        reference: `crowd ${index}`,
        messages: [text(`m${index}`)],
        ...(index < 8 && { terminateAfterMessages: true }),
        ...(index >= 8 && index < 16 && { term: '2 hours' }),
      }),
    ),
  );
  await server.sleep(10 * MINUTE_MS);
  expect((await ledger()).open).toHaveLength(12);
  await server.sleep(120 * MINUTE_MS);
  expect((await ledger()).open).toHaveLength(4);
  await Promise.all(runs.slice(16).map((run) => run.cancel()));
  const ends = await Promise.allSettled(runs.map((run) => server.waitFor!(run.result())));
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(16);
  const after = await ledger();
  expect(after.open).toEqual([]);
  expect(new Set(textsOf(after)).size).toBe(20);
  expect(after.entries.filter(({ kind }) => kind === 'leased')).toHaveLength(20);
});

test('a text that the vendor refuses fails the run, which gives the number back', async ({ server }) => {
  const faults = new Plan().on(ROUTE.send, { phase: 'before', status: 400 });
  const { start, ledger } = await open(server, { faults });
  const run = await start({ reference: 'refused', messages: [text('m')] });
  await expect(server.waitFor!(run.result())).rejects.toThrow();
  const { entries, open: left } = await ledger();
  expect(left).toEqual([]);
  expect(entries.filter(({ kind }) => kind === 'released')).toHaveLength(1);
});

test('with every answer to a lease call lost, nobody gets a number and orphans are left', async ({
  server,
}) => {
  const faults = new Plan().on(ROUTE.lease, { phase: 'after', reset: true }, Infinity);
  const { start, ledger } = await open(server, { faults });
  const runs = await Promise.all(
    Array.from({ length: 6 }, (_, index) => start({ reference: `unlucky ${index}` })),
  );
  await server.sleep(10 * MINUTE_MS);
  for (const run of runs) expect(await run.query(leaseQuery)).toBeUndefined();
  await Promise.all(runs.map((run) => run.cancel()));
  const ends = await Promise.allSettled(runs.map((run) => server.waitFor!(run.result())));
  expect(ends.every(({ status }) => status === 'rejected')).toBe(true);
  await server.sleep(24 * 60 * MINUTE_MS);
  expect((await ledger()).open.length).toBeGreaterThan(0);
});

test('one lost answer to a lease call pays for two numbers, one to a send delivers twice', async ({
  server,
}) => {
  const lost = { phase: 'after', reset: true } as const;
  const faults = new Plan().on(ROUTE.lease, lost).on(ROUTE.send, lost);
  const { start, ledger } = await open(server, { faults });
  const run = await start({ reference: 'once', messages: [text('m')], terminateAfterMessages: true });
  const { number } = await server.waitFor!(run.result());
  const after = await ledger();
  expect(after.open).toHaveLength(1);
  expect(after.open[0]!.number).not.toBe(number);
  expect(textsOf(after)).toEqual(['m', 'm']);
});

const text = (id: string) => ({ id, to: TO, message: id });

function textsOf({ entries }: Ledger): string[] {
  return entries.flatMap((entry) => (entry.kind === 'text' ? [entry.message] : []));
}

/** A worker and a simulator of its own; when the test ends, each run is replayed on the same code. */
async function open(shared: Server, options: SimulatorOptions) {
  const { client, connection, namespace, now, workers } = shared.ownNamespace!();
  const simulator = await startSimulator({ clock: { now }, ...options });
  const api = createContiguity({ baseUrl: simulator.url, apiKey: simulator.apiKey, callTimeoutMs: 2_000 });
  const taskQueue = `textbook-${randomUUID()}`;
  const worker = await createTextbookWorker({ connection, namespace, taskQueue, api });
  const running = worker.run();
  workers?.add(worker);
  const workflowIds: string[] = [];
  onTestFinished(async () => {
    worker.shutdown();
    await running;
    workers?.delete(worker);
    await api.close();
    await simulator.close();
    for (const workflowId of workflowIds) {
      const history = await client.workflow.getHandle(workflowId).fetchHistory();
      await Worker.runReplayHistory(replaying(TEXTBOOK_BUNDLE), history, workflowId);
    }
  });
  const start = (request: TextbookRequest) => {
    const workflowId = textbookId(request.reference);
    workflowIds.push(workflowId);
    return client.workflow.start(textbookLease, { workflowId, taskQueue, args: [request] });
  };
  return { start, ledger: () => simulator.controls.ledger() };
}
