import { fastify } from 'fastify';
import { expect, test } from 'vitest';
import { NAMES } from '../../../domain/contract.js';
import type { LeaseEvent } from '../../../domain/events.js';
import { handOnTexts } from '../../../gateway/webhooks/hand-on.js';
import { webhooks } from '../../../gateway/webhooks/index.js';
import { isSigned } from '../../../contiguity/webhook-signature.js';
import { BRISK, devWorld, until } from '../../support/dev-world.js';
import { eventService } from '../../support/event-service.js';
import { postWebhook } from '../../support/vendor-webhook.js';

const SECRET = 'a secret of the service';
const TO = '+12025550123';

const states = (events: LeaseEvent[]) =>
  events.flatMap((event) => (event.type === 'lease.state' ? [event.state] : [])).sort();

test('every state of a lease and every delivery is told, signed, also after the lease is over', async () => {
  const { url, told, events } = await eventService();
  const world = await devWorld({ events: { url, secret: SECRET } });
  await world.work();
  const lease = await world.leasehold.provision({ reference: 'told', labels: { tenant: 'acme' }, ...BRISK });
  const { messageId = '' } = await lease.send({ id: 'm1', to: TO, message: 'Hello' });
  await world.run(lease.number).signal(NAMES.deliveryReported, { messageId, delivered: true });
  await world.run(lease.number).signal(NAMES.deliveryReported, { messageId, delivered: true });
  await lease.terminate();
  await lease.released();
  await until(
    'all is told',
    () => Promise.resolve(events().length),
    (count) => count >= 4,
  );
  expect(states(events())).toEqual(['active', 'released', 'terminating']);
  expect(events().find(({ type }) => type === 'message.delivery')).toMatchObject({
    delivery: 'confirmed',
    message: 'm1',
    messageId,
    number: lease.number,
    reference: 'told',
    labels: { tenant: 'acme' },
  });
  expect(new Set(events().map(({ id }) => id)).size).toBe(4);
  for (const { headers, body } of told) {
    const { 'leasehold-signature': signature, 'leasehold-event-id': id } = headers;
    expect(isSigned(signature as string, body, [SECRET], Date.now())).toBe(true);
    expect(JSON.parse(body.toString())).toMatchObject({ id });
    expect(body.toString()).not.toContain('Hello');
  }
});

for (const when of ['before', 'in the same workflow task as'] as const) {
  test(`a cancel ${when} an event that is announced still releases the number`, async () => {
    const { url, events } = await eventService();
    const termination = { minMs: 4_000, maxMs: 4_000 };
    const world = await devWorld({ events: { url, secret: SECRET }, termination });
    const stop = await world.work();
    const lease = await world.leasehold.provision({ reference: 'cancelled', ...BRISK });
    const { messageId = '' } = await lease.send({ id: 'm1', to: TO, message: 'Hello' });
    const run = world.run(lease.number);
    if (when === 'before') {
      await run.cancel();
      await lease.waitFor('terminating');
      await run.signal(NAMES.deliveryReported, { messageId, delivered: true });
    } else {
      await stop();
      await run.signal(NAMES.deliveryReported, { messageId, delivered: true });
      await run.cancel();
      await world.work();
    }
    expect((await lease.released()).reason).toBe('cancelled');
    await until(
      'the delivery is announced',
      () => Promise.resolve(events().map(({ type }) => type)),
      (types) => types.includes('message.delivery'),
    );
  });
}

test('a service that is away is told again, under the same id', async () => {
  const { url, events } = await eventService(500);
  const world = await devWorld({ events: { url, secret: SECRET } });
  await world.work();
  await world.leasehold.provision({ reference: 'again', ...BRISK });
  await until(
    'it is told twice',
    () => Promise.resolve(events().length),
    (count) => count >= 2,
  );
  expect(new Set(events().map(({ id }) => id)).size).toBe(1);
});

test('without a URL nothing is told, and no run is started for it', async () => {
  const world = await devWorld();
  await world.work();
  const lease = await world.leasehold.provision({ reference: 'quiet', ...BRISK });
  await lease.terminate();
  await lease.released();
  expect((await world.allRuns()).map(({ type }) => type).sort()).toEqual(['manageLease', 'provisionLease']);
});

test('a text that somebody writes to a number is handed on once, however often the vendor tells of it', async () => {
  const { url, events } = await eventService();
  const world = await devWorld({ events: { url, secret: SECRET } });
  await world.work();
  const handOn = handOnTexts(world.client, world.taskQueue);
  const data = { from: TO, to: '+14155550100', body: 'Is it still open?' };
  for (const ageSeconds of [2, 1]) {
    const app = fastify(); // another gateway each time: it remembers nothing
    webhooks(app, { client: world.client, secrets: ['whsec'], handOn });
    const said = { type: 'text.incoming.sms', data, id: 'evt_1', secret: 'whsec', ageSeconds };
    expect(await postWebhook(app, said)).toMatchObject({ status: 200 });
    await app.close();
  }
  await until(
    'it is told',
    () => Promise.resolve(events().length),
    (count) => count >= 1,
  );
  const runs = await world.allRuns();
  expect(runs.filter(({ type }) => type === 'deliverEvent')).toHaveLength(1);
  expect(events()).toMatchObject([{ type: 'text.received', from: TO, body: 'Is it still open?' }]);
});
