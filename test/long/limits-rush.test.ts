import { expect } from 'vitest';
import { SPENDING_BOOK_ID } from '../../domain/ids.js';
import type { SpendingFigures } from '../../domain/spending.js';
import { mostHeldAtOnce } from '../../simulation/held.js';
import { seededFaults } from '../../simulator/fault-profiles.js';
import { test } from '../support/fixture.js';
import { tell } from '../support/tell.js';

const MOST = 10;
const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, one) => total + one, 0);
const ALL_ENTITLEMENTS = { lease: true, imessage: true, whatsapp: true, enterprise: true };

test.for([1, 2, 3, 4, 5])(
  'of 50 provisions at once no more than 10 ever hold a number, in storm %i',
  { timeout: 300_000 },
  async (seed, { open }) => {
    const faults = seededFaults(seed, 'storm', { slowMs: 20 });
    const limits = { account: { maxLeases: MOST } };
    const options = { seed, inventorySize: 120, callTimeoutMs: 150, entitlements: ALL_ENTITLEMENTS };
    const world = await open({ ...options, faults, limits });
    await world.work();
    const references = Array.from({ length: 50 }, (_, nth) => `rush ${nth}`);
    const provisions = await Promise.all(references.map((reference) => world.start({ reference })));
    const came = await Promise.allSettled(provisions.map((provision) => provision.result()));
    const leased = came.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(leased.length).toBeGreaterThan(0);
    expect(leased.length).toBeLessThanOrEqual(MOST);
    const [wrong, calls] = [sum(faults.counts()), sum(world.simulator.controls.calls())];
    tell(`storm ${seed}: ${wrong} of ${calls} calls went wrong`);
    expect(wrong / calls).toBeGreaterThan(0.2);

    faults.stop();
    const handles = leased.map(({ number }) => world.lease(number));
    for (const handle of handles) await handle.terminate();
    await Promise.all(handles.map((handle) => handle.result()));
    await Promise.all(world.numbers.map((number) => world.lease(number).result()));
    const ledger = await world.simulator.controls.ledger();
    expect(mostHeldAtOnce(ledger, () => true)).toBeLessThanOrEqual(MOST);
    expect(ledger.open).toEqual([]);
    const book = world.server.client.workflow.getHandle(SPENDING_BOOK_ID);
    const [account] = (await book.query<SpendingFigures>('figures')).scopes;
    expect(account).toMatchObject({ leases: 0, monthly: {} });
  },
);
