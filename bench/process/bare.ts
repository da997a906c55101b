/** One number's life as a script leads it that nothing ever happens to: HTTP calls in a row, no Temporal, no retries. */
import type { SimulatorReady } from './simulator.js';
import { config, serve } from './serve.js';

export interface BareLife {
  usableMs: number;
  wholeMs: number;
}

interface NumberShown {
  id: string;
  status: string;
  data: { requirements?: string[] };
  lease_id?: string;
  lease_status?: string;
}

const RECIPIENT = '+12025550123';
const LOOK_AGAIN_MS = 30_000;
const { url, apiKey } = config() as SimulatorReady;
/** Numbers that another life of this script is at. */
const taken = new Set<string>();

async function call<T>(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<T> {
  const headers = { authorization: `Token ${apiKey}`, 'content-type': 'application/json' };
  const answer = await fetch(url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  const { data } = (await answer.json()) as { data: T };
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(data)}`);
  return data;
}

async function find(): Promise<string> {
  const { numbers } = await call<{ numbers: NumberShown[] }>('GET', '/numbers/leases');
  const fitting = numbers.find(
    ({ id, status, data }) =>
      /available$/.test(status) && (data.requirements ?? []).length === 0 && !taken.has(id),
  );
  if (!fitting) throw new Error('no number is free');
  taken.add(fitting.id);
  return fitting.id;
}

async function live(): Promise<BareLife> {
  const began = performance.now();
  const number = await find();
  const { lease_id: leaseId } = await call<NumberShown>('POST', `/numbers/lease/${number}`, {});
  const shown = await call<NumberShown>('GET', `/numbers/${number}`);
  if (shown.lease_id !== leaseId || shown.lease_status !== 'active')
    throw new Error(`${number} is not active`);
  const usableMs = performance.now() - began;
  await call('POST', '/send/text', { from: number, to: RECIPIENT, message: 'Hello' });
  await call('DELETE', `/numbers/leased/${number}`);
  while ((await call<NumberShown>('GET', `/numbers/${number}`)).lease_id === leaseId)
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
  taken.delete(number);
  return { usableMs, wholeMs: performance.now() - began };
}

serve({}, { live });
