import { expect, test } from 'vitest';
import { createContiguity } from '../../contiguity/index.js';
import { Simulated } from '../support/simulated.js';

test('an inventory of twenty-five thousand numbers is read, which the vendor sends in one answer', async () => {
  const { simulator } = await Simulated.open({ inventorySize: 25_000 });
  const api = createContiguity({ baseUrl: simulator.url, apiKey: simulator.apiKey });
  const { data } = await api.lease.available().finally(() => api.close());
  expect(data.length).toBeGreaterThan(20_000);
}, 60_000);
