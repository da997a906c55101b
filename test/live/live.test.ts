/**
 * The client against the vendor itself: `npm run test:live` with `CONTIGUITY_API_KEY`. It only reads, unless
 * `LEASEHOLD_LIVE_SPEND=yes`: then it leases the cheapest number for real money, verifies it and gives it back.
 * `CONTIGUITY_BASE_URL` points it elsewhere, at a simulator for instance.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { ContiguityError, createContiguity, type Contiguity } from '../../contiguity/index.js';
import { rank } from '../../domain/find.js';
import type { NumberRecord } from '../../domain/number-record.js';
import type { PhoneNumber } from '../../domain/phone-number.js';

const { CONTIGUITY_API_KEY, CONTIGUITY_BASE_URL, LEASEHOLD_LIVE_SPEND } = process.env;
const SETTLE_MS = 60_000;
const RELEASED_WITHIN_MS = 15 * 60_000;

const api = connect();
afterAll(() => api.close());

describe('the vendor, read only', () => {
  it('lists numbers that can all be read, and describes one of them', async () => {
    const { data, skipped = 0 } = await api.lease.available();
    expect(skipped, 'records that could not be read').toBe(0);
    const [first] = data;
    if (first) expect((await api.lease.get(first.number)).data.number).toBe(first.number);
  });

  it('lists the leases of the account, and the details of one', async () => {
    const { data } = await api.lease.leased();
    const [first] = data;
    if (first) expect((await api.lease.details(first.number)).data.lease).toEqual(first.lease);
  });

  it('lists entitlements', async () => {
    const { data } = await api.entitlements.list();
    const [first] = data;
    if (first) expect((await api.entitlements.get(first.name)).data.status).toBe(first.status);
  });
});

if (LEASEHOLD_LIVE_SPEND === 'yes') {
  describe('the vendor, for money', () => {
    it(
      'leases the cheapest number, verifies it and gives it back',
      spend,
      RELEASED_WITHIN_MS + 2 * SETTLE_MS,
    );
  });
}

function connect(): Contiguity {
  if (CONTIGUITY_API_KEY) {
    return createContiguity({
      apiKey: CONTIGUITY_API_KEY,
      ...(CONTIGUITY_BASE_URL && { baseUrl: CONTIGUITY_BASE_URL }),
    });
  }
  const missing = new Error('CONTIGUITY_API_KEY is not set: the live tests need a key of the vendor');
  missing.stack = missing.message;
  throw missing;
}

async function spend(): Promise<void> {
  const { number } = cheapest((await api.lease.available()).data);
  try {
    const { leaseId } = (await api.lease.create(number)).data;
    expect((await api.lease.get(number)).data.lease).toMatchObject({ leaseId, status: 'active' });
  } catch (error) {
    // It may have been leased all the same, and not be seen yet.
    if (error instanceof ContiguityError && error.outcome === 'ambiguous') await sleep(SETTLE_MS);
    throw error;
  } finally {
    await giveBack(number);
  }
}

/** The cheapest that asks for nothing which the account might lack. */
function cheapest(available: NumberRecord[]): NumberRecord {
  const [best] = rank(available, { allowRequirements: [] });
  if (!best?.pricing) throw new Error('the vendor lists no number with a price and without requirements');
  return best;
}

/** The proof is the number's own record: an answer to `terminate` proves nothing. */
async function giveBack(number: PhoneNumber): Promise<void> {
  const giveUpAt = Date.now() + RELEASED_WITHIN_MS;
  let asked = false;
  while (Date.now() < giveUpAt) {
    try {
      const { status, lease } = (await api.lease.get(number)).data;
      if (!lease || (lease.status === 'terminated' && status !== 'leased')) return;
      if (!asked) await api.lease.terminate(number);
      asked = true;
    } catch (error) {
      if (!(error instanceof ContiguityError)) throw error; // any failed call is simply made again
    }
    await sleep(5_000);
  }
  throw new Error(`${number} may still be leased, which costs money: look at it and terminate it by hand`);
}
