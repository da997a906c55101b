import { setTimeout as delay } from 'node:timers/promises';
import { google, temporal } from '@temporalio/proto';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { tellsOfLostTask } from '../../../simulation/lost-tasks.js';
import { launchTimeSkippingServer, UnheldTime } from '../../../simulation/time-skipping.js';
import { test } from '../../support/fixture.js';
import { timeSkippingProgram } from '../../support/servers.js';

const { CommandType } = temporal.api.enums.v1;
type Command = temporal.api.command.v1.ICommand;
const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;
const HELD_AFTER_MS = 1_500;

let env: TestWorkflowEnvironment;
let time: UnheldTime;
let told: string[];

beforeAll(async () => {
  env = await launchTimeSkippingServer(timeSkippingProgram());
});
afterAll(() => env.teardown());
beforeEach(() => {
  told = [];
  const report = (line: string) => told.push(line);
  time = new UnheldTime(env.connection, env.connection, { report, heldAfterMs: HELD_AFTER_MS });
});

const holdClock = () => env.connection.testService?.lockTimeSkipping({});
const sleep = (milliseconds: number, isIdle: () => boolean) => time.sleep(milliseconds, isIdle, env.sleep);

it('skips an hour in no time where nobody holds the clock, and says nothing', async () => {
  const before = await env.currentTimeMs();
  await sleep(HOUR_MS, () => true);
  expect(await env.currentTimeMs()).toBeGreaterThanOrEqual(before + HOUR_MS);
  expect(told).toEqual([]);
});

it('frees the clock from as many holders as are gone', async () => {
  await holdClock();
  await holdClock();
  await sleep(HOUR_MS, () => true);
  expect(told).toHaveLength(2);
});

it('frees the clock also where each sleep is too short to tell that it is held', async () => {
  await holdClock();
  for (let second = 0; second < 3; second += 1) await sleep(SECOND_MS, () => true);
  expect(told).toHaveLength(1);
});

it('lets the clock be held for as long as something is under way', async () => {
  await holdClock();
  await sleep(3 * HELD_AFTER_MS, () => false);
  expect(told).toEqual([]);
  await env.connection.testService?.unlockTimeSkipping({});
});

test('a test goes on when its server holds the clock for nobody', async ({ open }) => {
  const world = await open({ termination: { minMs: HOUR_MS, maxMs: HOUR_MS } });
  await world.work();
  const lease = await world.leased({ reference: 'held', terminateAfterMessages: true });
  await world.server.connection.testService?.lockTimeSkipping({});
  await world.server.sleep(HOUR_MS);
  expect(await lease.result()).toMatchObject({ releasedBy: 'us' });
});

it('loses a workflow task that cancels a timer which fires meanwhile, and is recognised by its words', async () => {
  const taskQueue = 'no-worker';
  const run = await env.client.workflow.start('loses', { taskQueue, workflowId: 'loses' });
  await answerTask(taskQueue, startTimer('1', 1));
  await run.signal('wakeUp');
  const refused = await answerTask(taskQueue, cancelTimer('1'), 1_500).catch((error: unknown) => error);
  expect(tellsOfLostTask({ meta: { error: String(refused) } })).toBe(true);
  expect(tellsOfLostTask({ meta: { error: 'Task not found when completing' } })).toBe(false);
});

const servers: unknown[] = [];
test('a test whose server loses a task is cut short, and played again on another server', async ({
  open,
}) => {
  const world = await open();
  await world.work();
  const { number } = await world.provision({ reference: 'again' });
  const { server } = world;
  servers.push(server.connection);
  if (servers.length === 1) {
    const lost = { meta: { error: 'ACTIVITY_UNKNOWN for scheduledEventId=5' } };
    setTimeout(() => server.soundness?.notice(lost), 500);
    await world.lease(number).result(); // a call that is under way when its server goes
  }
  expect(new Set(servers).size).toBe(2);
});

/** As a worker would, by hand: the next task of the queue is answered with this command. */
async function answerTask(name: string, command: Command, afterMs = 0): Promise<void> {
  const { workflowService } = env.connection;
  const task = await workflowService.pollWorkflowTaskQueue({ namespace: 'default', taskQueue: { name } });
  await delay(afterMs);
  await workflowService.respondWorkflowTaskCompleted({
    namespace: 'default',
    taskToken: task.taskToken,
    commands: [command],
  });
}

const startTimer = (timerId: string, seconds: number): Command => ({
  commandType: CommandType.COMMAND_TYPE_START_TIMER,
  startTimerCommandAttributes: {
    timerId,
    startToFireTimeout: google.protobuf.Duration.fromObject({ seconds }),
  },
});
const cancelTimer = (timerId: string): Command => ({
  commandType: CommandType.COMMAND_TYPE_CANCEL_TIMER,
  cancelTimerCommandAttributes: { timerId },
});
