/** What the simulator posts of texts: signed, late, doubled, repeated where it was not taken. */
import { fastify } from 'fastify';
import { expect, it, onTestFinished } from 'vitest';
import { isSigned } from '../../contiguity/webhook-signature.js';
import type { SimulatorOptions } from '../../simulator/index.js';
import type { WebhookOptions } from '../../simulator/webhooks.js';
import { Simulated } from '../support/simulated.js';

const SECRET = 'a secret of webhooks';
const RECIPIENT = '+12025550123';

interface Posted {
  type: string;
  id: string;
  timestamp?: number | string;
  data: Record<string, unknown>;
}

/** A simulator, and what it posts to a service that takes nothing at first. */
async function open(
  { webhook, ...options }: Omit<SimulatorOptions, 'webhook'> & { webhook?: Partial<WebhookOptions> } = {},
  refusals = 0,
) {
  const posted: Posted[] = [];
  let refused = 0;
  const service = fastify();
  service.removeAllContentTypeParsers();
  service.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  service.post('/hook', (request, reply) => {
    const body = request.body as Buffer;
    const header = request.headers['contiguity-signature'];
    expect(isSigned(String(header), body, [SECRET], Date.now())).toBe(true);
    if (refused < refusals) {
      refused += 1;
      return reply.code(503).send();
    }
    posted.push(JSON.parse(body.toString()) as Posted);
    return reply.send({});
  });
  const url = `${await service.listen({ port: 0, host: '127.0.0.1' })}/hook`;
  onTestFinished(() => service.close());
  const posting = { url, secret: SECRET, ...webhook };
  const api = await Simulated.open({ deliveryMs: 0, ...options, webhook: posting });
  const [number = ''] = await api.plain();
  await api.lease(number);
  return { api, number, posted };
}

const soon = { timeout: 5_000, interval: 20 };

it('posts that a text arrived, or did not, when it is so', async () => {
  const { api, number, posted } = await open({ deliveryMs: 60_000 });
  const arrived = await api.send(number, 'One', RECIPIENT);
  api.simulator.controls.setUnreachable('+12025550199', true);
  const failed = await api.send(number, 'Two', '+12025550199');
  expect(posted).toEqual([]);
  api.skip(60_000);
  await expect.poll(() => posted.length, soon).toBe(2);
  expect(posted.find(({ data }) => data['message_id'] === arrived)).toMatchObject({
    type: 'text.delivery.confirmed',
    data: { from: number, to: RECIPIENT },
  });
  expect(posted.find(({ data }) => data['message_id'] === failed)?.type).toBe('text.delivery.failed');
});

it('posts a text that came in, in its dialect, and says when it was taken', async () => {
  const { api, number, posted } = await open(
    { dialect: { phoneNumbers: 'digits', webhookTimes: { grain: 's', form: 'iso' } } },
    2,
  );
  const taken = await api.call('POST /simulator/texts', { from: RECIPIENT, to: number, body: 'STOP' });
  expect(taken.body).toMatchObject({ done: true, result: true });
  expect(posted).toMatchObject([
    {
      type: 'text.incoming.sms',
      timestamp: '2026-01-01T00:00:00Z',
      data: { from: RECIPIENT.slice(1), to: number.slice(1), body: 'STOP' },
    },
  ]);
});

it('posts late and twice, as it is set to', async () => {
  const { api, number, posted } = await open({ webhook: { doubled: 1, maxLateMs: 60_000 } });
  await api.send(number, 'One', RECIPIENT);
  api.skip(120_000);
  await expect.poll(() => posted.length, soon).toBe(2);
  expect(posted[0]).toEqual(posted[1]);
});
