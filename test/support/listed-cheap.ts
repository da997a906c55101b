import type { Simulator } from '../../simulator/index.js';
import { ROUTE, type Plan } from './plan.js';

/** From now on the vendor lists every number as cheap, and charges what it is worth. */
export async function listedCheap(faults: Plan, { url, apiKey }: Simulator): Promise<void> {
  const response = await fetch(`${url}/numbers/leases`, { headers: { authorization: `Token ${apiKey}` } });
  const body = (await response.json()) as { data: { numbers: { pricing: object }[] } };
  const pricing = { currency: 'usd', upfront_fee: 0, monthly_rate: 0.1 };
  const numbers = body.data.numbers.map((one) => ({ ...one, pricing }));
  const cheap = JSON.stringify({ ...body, data: { ...body.data, numbers } });
  faults.on(ROUTE.find, { phase: 'after', status: 200, body: cheap }, Number.POSITIVE_INFINITY);
}
