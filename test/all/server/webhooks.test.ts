import { Client, Connection } from '@temporalio/client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LeaseholdError } from '../../../client/index.js';
import { createGateway } from '../../../gateway/index.js';
import { webhooks } from '../../../gateway/webhooks/index.js';
import { BRISK, devWorld, until, type DevWorld } from '../../support/dev-world.js';
import { postWebhook } from '../../support/vendor-webhook.js';

const SECRETS = ['whsec_new', 'whsec_old'];
const TO = '+12025550123';
/** Whole minutes count as coarse (domain/vendor-time.ts): a time that is surely none, and so are the seconds around it. */
const secondsWithinAMinute = () => Math.floor(Date.now() / 60_000) * 60 + 7;
let ids = 0;

function receiver({ client, taskQueue }: Pick<DevWorld, 'client' | 'taskQueue'>) {
  const app = createGateway({ client, taskQueue, keys: undefined, rate: 100, concurrency: 100 });
  webhooks(app, { client, secrets: SECRETS });
  onTestFinished(() => app.close());
  return (type: string, data: object, over: { id?: string; secret?: string; ageSeconds?: number } = {}) => {
    const { id = `evt_${(ids += 1)}`, secret = SECRETS[0]!, ageSeconds = 0 } = over;
    return postWebhook(app, { type, data, id, secret, ageSeconds });
  };
}

async function leased(world: DevWorld) {
  await world.work();
  return world.leasehold.provision({ reference: 'webhooks', ...BRISK });
}

test('deliveries reach their message, late, twice and by the old secret too', async () => {
  const world = await devWorld();
  const lease = await leased(world);
  const post = receiver(world);
  const { messageId = '' } = await lease.send({ id: 'm1', to: TO, message: 'Hello' });
  const data = { from: lease.number, to: TO, message_id: messageId };
  expect(await post('text.delivery.confirmed', data, { id: 'evt_a', secret: SECRETS[1]! })).toEqual({
    status: 200,
    received: 'told',
  });
  expect(await post('text.delivery.confirmed', data, { id: 'evt_a' })).toEqual({
    status: 200,
    received: 'before',
  });
  expect((await lease.status()).messages).toMatchObject([{ id: 'm1', delivery: 'confirmed' }]);
});

test('a substitution reaches the run of the number that was asked for', async () => {
  const world = await devWorld();
  const lease = await leased(world);
  const post = receiver(world);
  const data = {
    original_number: lease.number,
    used_number: '+12025550177',
    reason: 'failover',
    message_id: 'x',
  };
  expect(await post('numbers.substitution', data)).toMatchObject({ received: 'told' });
  const { log } = await lease.status();
  expect(log.map(({ text }) => text).join()).toContain('+12025550177');
});

test('a STOP blocks texts from that number to that recipient until START, in whichever order they come', async () => {
  const world = await devWorld();
  const lease = await leased(world);
  const post = receiver(world);
  const says = (body: string, timestamp: number) =>
    post('text.incoming.sms', { from: TO, to: lease.number, body, timestamp });
  const now = secondsWithinAMinute();
  expect(await says('Stop', now)).toMatchObject({ status: 200, received: 'told' });
  const refused = await lease.send({ id: 'm1', to: TO, message: 'Hello' }).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(LeaseholdError);
  expect(refused).toMatchObject({ type: 'OptedOut', field: 'to' });
  expect(await lease.send({ id: 'm2', to: '+12025550124', message: 'Hello' })).toMatchObject({
    outcome: 'sent',
  });
  await says('START', now - 60); // said before the STOP, and delivered after it
  expect(await lease.send({ id: 'm3', to: TO, message: 'Hello' }).catch(typeOf)).toBe('OptedOut');
  await says('start', now + 1);
  await says('STOP', now - 30);
  expect(await lease.send({ id: 'm4', to: TO, message: 'Hello' })).toMatchObject({ outcome: 'sent' });
  expect(await world.entries('text')).toHaveLength(2);
});

test('texts that wait are not sent to who says STOP meanwhile', async () => {
  const world = await devWorld();
  await world.work();
  const pacing = { perSecond: 0.5, burst: 1 };
  const messages = ['m1', 'm2', 'm3'].map((id) => ({ id, to: TO, message: id }));
  const lease = await world.leasehold.provision({ reference: 'waits', messages, pacing, ...BRISK });
  await until(
    'the first is sent',
    () => lease.status(),
    ({ counts }) => counts.sent === 1,
  );
  await receiver(world)('text.incoming.sms', { from: TO, to: lease.number, body: 'STOP' });
  await lease.send({ id: 'last', to: '+12025550124', message: 'Hello' });
  expect(await lease.status()).toMatchObject({ counts: { sent: 2, refused: 2 } });
});

test('a STOP counts in whatever way the vendor writes it', async () => {
  const world = await devWorld();
  const lease = await leased(world);
  const post = receiver(world);
  const now = Math.floor(Date.now() / 1_000);
  const digits = lease.number.replace('+', '');
  const stop = { to: lease.number, body: 'STOP', timestamp: now };
  const ways: [string, string, object][] = [
    ['+12025550101', 'text.incoming.sms', { ...stop, from: '12025550101' }],
    ['+12025550102', 'text.incoming.sms', { ...stop, from: '+1 (202) 555-0102' }],
    ['+12025550103', 'text.incoming.sms', { ...stop, from: '(202) 555-0103' }],
    ['+12025550104', 'text.incoming.sms', { ...stop, from: '+12025550104', to: digits }],
    [
      '+12025550105',
      'text.incoming.sms',
      { ...stop, from: '+12025550105', timestamp: new Date().toISOString() },
    ],
    ['+12025550106', 'text.incoming.sms', { ...stop, from: '+12025550106', timestamp: String(now) }],
    ['+12025550107', 'text.incoming.sms', { ...stop, from: '+12025550107', timestamp: null }],
    ['+12025550108', 'imessage.incoming', { ...stop, from: '+12025550108' }],
    ['+12025550109', 'whatsapp.incoming', { ...stop, from: '+12025550109' }],
    [
      '+12025550110',
      'text.incoming.mms',
      { ...stop, from: '+12025550110', body: 'ARRÊT', attachments: null },
    ],
    ['+12025550111', 'text.incoming.sms', { ...stop, from: '+12025550111', body: null, message: 'Stop' }],
  ];
  for (const [, type, data] of ways) await post(type, data);
  const outcomes = await Promise.all(
    ways.map(([to]) => lease.send({ id: to, to, message: 'Hello' }).then(({ outcome }) => outcome, typeOf)),
  );
  expect(ways.map(([to], nth) => [to, outcomes[nth]])).toEqual(ways.map(([to]) => [to, 'OptedOut']));
});

test('START and STOP within the same second are a STOP', async () => {
  const world = await devWorld();
  const lease = await leased(world);
  const post = receiver(world);
  const timestamp = Math.floor(Date.now() / 1_000);
  for (const body of ['START', 'STOP'])
    await post('text.incoming.sms', { from: TO, to: lease.number, body, timestamp });
  expect(await lease.send({ id: 'm', to: TO, message: 'Hello' }).catch(typeOf)).toBe('OptedOut');
});

describe('what changes nothing', () => {
  test('a signature that is forged or stale is answered 401, and a body that is none 400', async () => {
    const world = await devWorld();
    const lease = await leased(world);
    const post = receiver(world);
    const stop = { from: TO, to: lease.number, body: 'STOP' };
    const no = { status: 401, type: 'about:blank', title: 'Unauthorized' };
    expect(await post('text.incoming.sms', stop, { secret: 'whsec_forged' })).toEqual(no);
    expect(await post('text.incoming.sms', stop, { ageSeconds: 600 })).toEqual(no);
    expect(await post('text.incoming.sms', { ...stop, to: 'nobody' })).toMatchObject({
      status: 400,
      field: 'data.to',
    });
    expect(await post('text.incoming.sms', { ...stop, body: 'x'.repeat(300_000) })).toMatchObject({
      status: 413,
    });
    expect(await lease.send({ id: 'm1', to: TO, message: 'Hello' })).toMatchObject({ outcome: 'sent' });
  });

  test('a number that no run owns, and a kind that is not known, are answered 200', async () => {
    const world = await devWorld();
    await leased(world);
    const post = receiver(world);
    const data = { from: '+14155550100', to: TO, message_id: 'x' };
    expect(await post('text.delivery.failed', data)).toEqual({ status: 200, received: 'unowned' });
    expect(await post('email.incoming', {})).toEqual({ status: 200, received: 'ignored' });
    expect(await post('text.incoming.sms', { from: TO, to: '+14155550100', body: 'hi' })).toMatchObject({
      received: 'ignored',
    });
  });
});

function typeOf(error: unknown): string | undefined {
  return error instanceof LeaseholdError ? error.type : undefined;
}

test('the vendor is asked to come again while Temporal is away', async () => {
  const client = new Client({ connection: Connection.lazy({ address: '127.0.0.1:9' }) });
  const post = receiver({ client, taskQueue: 'none' });
  const data = { from: '+12025550177', to: TO, message_id: 'x' };
  const once = () => post('text.delivery.confirmed', data, { id: 'evt_away' });
  expect(await once()).toMatchObject({ status: 503 });
  expect(await once()).toMatchObject({ status: 503 });
}, 60_000);
