import { expect, test } from 'vitest';
import type { AdoptReport } from '../../../domain/adoption.js';
import type { LeaseResult } from '../../../domain/contract.js';
import { BRISK, devWorld } from '../../support/dev-world.js';
import { commandsOf } from '../../support/commands.js';

test('numbers are adopted by command and by library, and given back', async () => {
  const world = await devWorld();
  await world.work();
  const { run, json } = commandsOf(world);
  const [first = '', second = '', free = ''] = await world.available();
  await world.simulator.controls.leaseByHand(first);
  await world.simulator.controls.leaseByHand(second);

  const dry = await json<AdoptReport>('adopt', '--all', '--dry-run');
  expect(dry.counts).toMatchObject({ adoptable: 2, adopted: 0 });
  const said = await run(
    'adopt',
    first,
    '--reference-prefix',
    'imported',
    '--settle-window',
    '1s',
    '--label',
    'tenant=acme',
  );
  expect(said).toMatchObject({ code: 0 });
  expect(said.out).toMatch(/adopted.*imported\/\+.*\n.*\n1 adopted\./);
  expect((await world.leasehold.lease(first).status()).labels).toEqual({ tenant: 'acme' });
  expect((await run('adopt', first, free)).err).toMatch(/2 numbers are not adopted/);
  expect(await run('adopt', first, '--json')).toMatchObject({ code: 1 });

  const report = await world.leasehold.adopt({ all: true, ...BRISK });
  expect(report).toMatchObject({ owned: 1, numbers: [{ number: second, reference: `adopted/${second}` }] });
  for (const number of [first, second]) {
    const lease = world.leasehold.lease(number);
    expect(await lease.send({ to: '+12025550123', message: number })).toMatchObject({ outcome: 'sent' });
    const result = await json<LeaseResult>('terminate', number, '--wait');
    expect(result).toMatchObject({ releasedBy: 'us' });
  }
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
});

test('a wrong use names what is wrong', async () => {
  const world = await devWorld();
  await world.work();
  const { run } = commandsOf(world);
  expect(await run('adopt')).toMatchObject({ code: 2 });
  expect(await run('adopt', '+14155550123', '--all')).toMatchObject({ code: 2 });
  expect((await run('adopt', '555')).err).toMatch(/numbers\[0\] must be an E\.164.*\[InvalidRequest\]/);
  expect((await run('adopt', '--all', '--term', 'soon')).err).toMatch(/term must be/);
  const [number = ''] = await world.available();
  await expect(world.leasehold.adopt({ numbers: [number] })).resolves.toMatchObject({
    counts: { refused: 1 },
  });
});
