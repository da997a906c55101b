/** Versions of the workers come and go while leases are open: nothing is lost, and nothing is done twice. */
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { Deployment, type VersionSeen } from '../../../client/deployment.js';
import type { Lease } from '../../../client/index.js';
import { leaseId } from '../../../domain/ids.js';
import { choosePort } from '../../../embedded/ports.js';
import { DEPLOYMENT } from '../../../worker/version.js';
import { startCommand } from '../../support/command-process.js';
import { commandsOf } from '../../support/commands.js';
import { BRISK, devWorld, until, type DevWorld } from '../../support/dev-world.js';
import { bundleNextVersion } from '../../support/next-version.js';
import { WORKFLOW_BUNDLE } from '../../support/servers.js';
import { startWorkerProcess } from '../../support/worker-process.js';

const [A, B] = ['1.0.0', '1.1.0'];
const to = '+12025550123';

function start(world: DevWorld, buildId: string, bundle: string): Promise<() => Promise<void>> {
  return world.work(world.client, { version: { deploymentName: DEPLOYMENT, buildId }, bundle });
}

/** Asks again while Temporal does not know of all that the version's workers poll. */
async function use(world: DevWorld, buildId: string): Promise<VersionSeen[]> {
  const { run } = commandsOf(world);
  const asked = () => run('versions', '--use', buildId, '--json');
  const { out } = await until(`${buildId} is used`, asked, ({ code }) => code === 0);
  return JSON.parse(out) as VersionSeen[];
}

async function provision(world: DevWorld, name: string, count: number): Promise<Lease[]> {
  const references = Array.from({ length: count }, (_, nth) => `${name}-${nth}`);
  return Promise.all(references.map((reference) => world.leasehold.provision({ reference, ...BRISK })));
}

/** Every lease sends a text of this name: its run is alive, whichever version does its work. */
async function sendAll(leases: Lease[], id: string): Promise<void> {
  const answers = await Promise.all(
    leases.map((lease) => lease.send({ id, to, message: `${id} of ${lease.number}` })),
  );
  expect(answers.map(({ outcome }) => outcome)).toEqual(leases.map(() => 'sent'));
}

/** The build that did each run's last task. */
async function buildsOf(world: DevWorld, leases: Lease[]): Promise<(string | null | undefined)[]> {
  const builds = leases.map(async ({ number }) => {
    const { events } = await world.run(number).fetchHistory();
    const last = events?.findLast(({ workflowTaskCompletedEventAttributes: done }) => done);
    return last?.workflowTaskCompletedEventAttributes?.deploymentVersion?.buildId;
  });
  return Promise.all(builds);
}

/** What `leasehold replay` of today's build prints and its exit code, in a process of its own. */
async function replay(world: DevWorld, ...args: string[]): Promise<{ code: number | null; out: string }> {
  const child = await startCommand(['replay', ...args], world.env);
  child.stderr.pipe(process.stderr, { end: false });
  const out = await text(child.stdout);
  return { code: (await child.exited).code, out };
}

test('from one version to the next and back, under open leases and while others are asked for', async () => {
  const next = await bundleNextVersion(); // before the world, which replays on it when it is closed
  const world = await devWorld({ termination: { minMs: 2_000, maxMs: 6_000 } });
  const { run } = commandsOf(world);
  world.bundle = next;
  const all = (leases: Lease[], build: string) => leases.map(() => build);

  let stopA = await start(world, A, WORKFLOW_BUNDLE);
  await use(world, A);
  const ofA = await provision(world, 'of-a', 4);
  const leaving = (await provision(world, 'leaving', 1))[0]!;
  await leaving.terminate();

  // forward: with leases open, one on its way out, and others being leased
  const stopB = await start(world, B, next);
  const between = provision(world, 'between', 3);
  await use(world, B);
  await stopA();
  const ofB = await provision(world, 'of-b', 3);
  const open = [...ofA, ...(await between)];
  await sendAll([...open, ...ofB], 'forward');
  expect(await buildsOf(world, [...open, ...ofB])).toEqual(all([...open, ...ofB], B));

  // back: what today's code cannot go on with stays with the version that can
  const { code, out } = await replay(world);
  expect(code).toBe(3);
  for (const { number } of ofB) expect(out).toContain(number);
  for (const { number } of [...ofA, leaving]) expect(out).not.toContain(number);
  expect(await replay(world, '--pin', B)).toMatchObject({
    code: 0,
    out: expect.stringContaining('pinned') as string,
  });
  stopA = await start(world, A, WORKFLOW_BUNDLE);
  const seen = await use(world, A);
  expect(seen.find(({ buildId }) => buildId === A)).toMatchObject({ state: 'current' });
  const again = await provision(world, 'again', 2);
  await sendAll([...open, ...ofB, ...again], 'back');
  expect(await buildsOf(world, ofA)).toEqual(all(ofA, A));
  expect(await buildsOf(world, again)).toEqual(all(again, A));
  expect(await buildsOf(world, ofB)).toEqual(all(ofB, B));

  // one that was pinned without need is given to the current version again, and no other
  const [one] = ofA as [Lease];
  const deployment = new Deployment(world.client, DEPLOYMENT);
  await deployment.pin({ workflowId: leaseId(one.number), runId: '' }, B);
  await sendAll([one], 'kept');
  expect(await buildsOf(world, [one])).toEqual([B]);
  await until(
    'it is not pinned any more',
    () => replay(world, '--unpin'),
    (told) => told.code === 3 && told.out.includes('1 not pinned any more'),
  );
  await sendAll([one, ...ofB], 'given back');
  expect(await buildsOf(world, [one, ...ofB])).toEqual([A, ...all(ofB, B)]);

  // everything goes back, each by its version
  const leases = [...open, ...ofB, ...again];
  await Promise.all(leases.map((lease) => lease.terminate()));
  await Promise.all([leaving, ...leases].map((lease) => lease.released()));
  await Promise.all([stopA(), stopB()]);
  expect(await world.entries('leased')).toHaveLength(leases.length + 1);
  expect(await world.entries('released')).toHaveLength(leases.length + 1);
  expect(await world.entries('text')).toHaveLength(2 * open.length + 3 * ofB.length + again.length + 2);
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
  expect((await run('versions')).out).toMatch(/1\.0\.0.*current/);
}, 240_000);

test('a worker process has the version of its environment; half the work goes to a new one where it ramps', async () => {
  const world = await devWorld();
  const { run, json } = commandsOf(world);
  const health = `127.0.0.1:${await choosePort({ what: 'a test' })}`;
  const start = (buildId: string, more = {}) =>
    startWorkerProcess({ ...world.env, LEASEHOLD_BUILD_ID: buildId, ...more });
  const first = await start(A, { LEASEHOLD_HEALTH_ADDRESS: health });
  const second = await start(B);
  const known = () => run('versions', '--json').then(({ out }) => out);
  await until('both are known', known, (out) => out.includes(A) && out.includes(B));
  await use(world, A);
  const ramped = await json<VersionSeen[]>('versions', '--ramp', B, '--percent', '50');
  expect(ramped.find(({ buildId }) => buildId === B)).toMatchObject({ state: 'ramping', percentage: 50 });
  const ready = () => fetch(`http://${health}/readyz`).then(({ status }) => status);
  await until('Temporal sees it polling', ready, (status) => status === 200);
  const leases = await provision(world, 'ramped', 12);
  expect(new Set(await buildsOf(world, leases))).toEqual(new Set([A, B]));
  await Promise.all(leases.map((lease) => lease.terminate()));
  await Promise.all(leases.map((lease) => lease.released()));
  await Promise.all([first.stop(), second.stop()]);
  expect(await run('versions', '--use', A, '--ramp', B)).toMatchObject({ code: 2 });
  expect(await run('versions', '--ramp', B)).toMatchObject({ code: 2 });
});
