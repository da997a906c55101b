/**
 * Against the real API, by `npm run test:live`: reads only, with the key in CONTIGUITY_API_KEY. With
 * LEASEHOLD_LIVE_SPEND=yes it also leases the cheapest number, which costs its upfront fee and a month, and gives it
 * back. CONTIGUITY_BASE_URL points it at a simulator instead.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { ContiguityError, createContiguity } from '../../contiguity/index.js';
import { rank } from '../../domain/find.js';
import type { NumberRecord } from '../../domain/number-record.js';
import { isPhoneNumber } from '../../domain/phone-number.js';

const RELEASED_WITHIN_MS = 30 * 60_000;
const LOOK_EVERY_MS = 5_000;
const SETTLE_MS = 60_000;

const {
  CONTIGUITY_API_KEY: apiKey = '',
  CONTIGUITY_BASE_URL: baseUrl,
  LEASEHOLD_LIVE_SPEND: spend,
} = process.env;
if (apiKey === '') throw new Error('Set CONTIGUITY_API_KEY to a key of the account to test with.');
const api = createContiguity({ apiKey, callTimeoutMs: 30_000, ...(baseUrl !== undefined && { baseUrl }) });
afterAll(() => api.close());

describe('reading', () => {
  it('reads every number that is available', async () => {
    const { data } = await api.lease.available();
    expect(data.every(({ number }) => isPhoneNumber(number))).toBe(true);
    expect(data).toHaveLength(await listed());
  });

  it("reads the account's leases", async () => {
    const { data } = await api.lease.leased();
    for (const { number, lease } of data) {
      expect((await api.lease.details(number)).data.lease?.leaseId).toBe(lease?.leaseId);
    }
  });

  it('reads one number as the list shows it', async () => {
    const [first] = (await api.lease.available()).data;
    if (first) expect((await api.lease.get(first.number)).data).toMatchObject({ location: first.location });
  });

  it('reads the entitlements', async () => {
    const { data } = await api.entitlements.list();
    for (const { name, status } of data) expect((await api.entitlements.get(name)).data.status).toBe(status);
  });
});

if (spend === 'yes') {
  describe('spending', () => {
    it(
      'leases the cheapest number, verifies it and gives it back',
      { timeout: RELEASED_WITHIN_MS },
      async () => {
        const [cheapest] = rank((await api.lease.available()).data, { allowRequirements: [] });
        if (!cheapest) expect.fail('no number without requirements is available');
        const { number } = cheapest;
        say(`Leasing ${number}. Should this be cut off: look for it in the account and terminate it.`);
        const leaseId = await leaseIdOf(number);
        try {
          expect((await api.lease.get(number)).data.lease).toMatchObject({ leaseId, status: 'active' });
        } finally {
          await giveBack(number, leaseId);
        }
      },
    );
  });
}

/** How many numbers the vendor itself says are there: what cannot be read is missing in the client's list. */
async function listed(): Promise<number> {
  const { account } = api;
  const headers = { authorization: `Token ${apiKey}` };
  const response = await fetch(`${account.baseUrl}/numbers/leases`, { headers });
  const { data } = (await response.json()) as { data: { numbers?: unknown[] } };
  return data.numbers?.length ?? 0;
}

/** Leases the number. A call whose answer was lost may have acted, and may still: it is read once it no longer can. */
async function leaseIdOf(number: string): Promise<string> {
  try {
    return (await api.lease.create(number)).data.leaseId;
  } catch (error) {
    if (!(error instanceof ContiguityError) || error.outcome === 'refused') throw error;
    await delay(SETTLE_MS);
    const { lease } = await read(number);
    if (!lease) throw error;
    return lease.leaseId;
  }
}

/** Asks for the termination until it is answered, and waits for the proof of the release. */
async function giveBack(number: string, leaseId: string): Promise<void> {
  let asked = false;
  while (!isReleased(await read(number), leaseId)) {
    const ask = () => api.lease.terminate(number).then(Boolean, () => false);
    asked ||= await ask();
    await delay(LOOK_EVERY_MS);
  }
  say(`${number} is released.`);
}

/** A money-spending lease is at stake: a read that fails is repeated. */
async function read(number: string): Promise<NumberRecord> {
  for (;;) {
    const answer = await api.lease.get(number).catch(() => undefined);
    if (answer) return answer.data;
    await delay(LOOK_EVERY_MS);
  }
}

function isReleased({ status, lease }: NumberRecord, leaseId: string): boolean {
  if (lease?.leaseId !== leaseId) return true;
  return status !== 'leased' && (lease.status === 'terminated' || lease.status === 'expired');
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
