import { describe, expect, it } from 'vitest';
import { CHANNELS } from '../../domain/number-record.js';
import { isPhoneNumber } from '../../domain/phone-number.js';
import { makeInventory } from '../../simulator/inventory.js';
import { Simulated } from '../support/simulated.js';

const NUMBERS = makeInventory(600, 1);
const distinct = (values: Iterable<string>) => [...new Set(values)].sort();

describe('the inventory', () => {
  it('is the same for the same seed and another one for another', () => {
    expect(makeInventory(600, 1)).toEqual(NUMBERS);
    expect(makeInventory(600, 2)).not.toEqual(NUMBERS);
  });

  it('has 500 numbers or more to lease, each of them once and in E.164', async () => {
    const ids = NUMBERS.map(({ id }) => id);
    expect(distinct(ids)).toHaveLength(600);
    expect(ids.filter((id) => !isPhoneNumber(id))).toEqual([]);
    const { body } = await (await Simulated.open()).call('GET /numbers/leases');
    expect(body.data['available']).toBeGreaterThanOrEqual(500);
  });

  it('has every channel, carrier, requirement and status, several countries and currencies', () => {
    expect(distinct(NUMBERS.flatMap(({ capabilities }) => capabilities.channels))).toEqual(
      [...CHANNELS].sort(),
    );
    expect(distinct(NUMBERS.map(({ carrier }) => carrier))).toEqual([
      'AT&T',
      'Contiguity',
      'International Partner',
      'T-Mobile',
      'Twilio',
      'Verizon',
    ]);
    expect(distinct(NUMBERS.flatMap(({ data }) => data.requirements ?? []))).toEqual([
      'enterprise_plan_required',
      'imessage_entitlement_required',
      'whatsapp_entitlement_required',
    ]);
    expect(distinct(NUMBERS.map(({ status }) => status))).toEqual([
      'available',
      'g-available',
      'leased',
      'unavailable',
    ]);
    expect(distinct(NUMBERS.map(({ location }) => location.country)).length).toBeGreaterThanOrEqual(5);
    expect(distinct(NUMBERS.map(({ pricing }) => pricing.currency)).length).toBeGreaterThanOrEqual(2);
  });

  it("drifts as the vendor's records do", () => {
    expect(distinct(NUMBERS.map(({ created_at }) => typeof created_at))).toEqual(['number', 'string']);
    expect(NUMBERS.some(({ data }) => data.requirements === undefined)).toBe(true);
    expect(NUMBERS.some(({ data }) => data.requirements?.length === 0)).toBe(true);
  });

  it('can be as small as wanted', async () => {
    const simulated = await Simulated.open({ inventorySize: 1, seed: 7 });
    expect((await simulated.call(`GET /numbers/${makeInventory(1, 7)[0]!.id}`)).status).toBe(200);
    expect((await simulated.call(`GET /numbers/${makeInventory(2, 7)[1]!.id}`)).status).toBe(404);
  });
});
