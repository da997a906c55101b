/** With encryption on, Temporal holds nothing readable but what the contract allows: references, numbers, states. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Client } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { newKey, readKeyring } from '../../codec/keys.js';
import { startCodecServer } from '../../codec/server.js';
import { Leasehold } from '../../client/index.js';
import { NAMES, type Leased } from '../../domain/contract.js';
import { createGateway } from '../../gateway/index.js';
import { handOnTexts } from '../../gateway/webhooks/hand-on.js';
import { webhooks } from '../../gateway/webhooks/index.js';
import { commandsOf } from '../support/commands.js';
import { BRISK, devWorld, until, type DevWorld } from '../support/dev-world.js';
import { eventService } from '../support/event-service.js';
import { Plan, ROUTE } from '../support/plan.js';
import { devServer } from '../support/servers.js';
import { postWebhook } from '../support/vendor-webhook.js';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process.js';

const { History } = temporal.api.history.v1;
const { DescribeWorkflowExecutionResponse, ListWorkflowExecutionsResponse } = temporal.api.workflowservice.v1;
const exec = promisify(execFile);

const TO = '+12025550123';
const NOT_E164 = '202-555-0177';
const TOKEN = 'the-token-of-this-test';
const VENDOR_SECRET = 'whsec_of_the_vendor';
const EVENTS_SECRET = 'a secret of the service';
/** What people said and to whom; nothing of it may be seen. */
const WORDS = {
  recipient: TO,
  digits: '2025550123',
  wrongRecipient: NOT_E164,
  first: 'Parcel 17 is under the blue bench',
  second: 'Parcel 18 is behind the red door',
  lost: 'Parcel 19 never came',
  asked: 'Parcel 20 is what we ask about',
  reason: 'the customer Jane Roe is unhappy',
  report: 'handset of Jane Roe is off',
};

/** A worker process that keeps all that it says; stopped when the test ends. */
async function workerOf(world: DevWorld, env: Record<string, string> = {}): Promise<WorkerProcess> {
  const worker = await startWorkerProcess({ ...world.env, LEASEHOLD_LOG_LEVEL: 'debug', ...env }, 100_000);
  onTestFinished(() => worker.stop().then(() => undefined));
  return worker;
}

/** All that the server knows of every run, as it keeps it: names, ids and whatever is not encrypted are readable in it. */
async function rawOf(world: DevWorld): Promise<string> {
  return Buffer.concat((await keptOf(world)).map(({ bytes }) => bytes)).toString('latin1');
}

/** Where payloads stand that nobody encrypted; search attributes are readable, which is what they are for. */
function readable(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || /searchAttributes|indexedFields/.test(path)) return [];
  const { metadata } = value as { metadata?: { encoding?: Uint8Array } | null };
  const encoding = metadata?.encoding && Buffer.from(metadata.encoding).toString();
  if (encoding !== undefined) return encoding === 'binary/encrypted' ? [] : [path];
  if (ArrayBuffer.isView(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    readable(inner, `${path}.${/^\d+$/.test(key) ? '' : key}`),
  );
}

interface Kept {
  bytes: Uint8Array;
  message: unknown;
}

async function keptOf({ namespace, client }: DevWorld): Promise<Kept[]> {
  const { workflowService } = client;
  const list = await workflowService.listWorkflowExecutions({ namespace: namespace.name });
  const kept: Kept[] = [{ bytes: ListWorkflowExecutionsResponse.encode(list).finish(), message: list }];
  for (const { execution } of list.executions) {
    const asked = { namespace: namespace.name, execution: execution! };
    const run = await workflowService.describeWorkflowExecution(asked);
    kept.push({ bytes: DescribeWorkflowExecutionResponse.encode(run).finish(), message: run });
    for (let nextPageToken: Uint8Array | undefined; ;) {
      const page = await workflowService.getWorkflowExecutionHistory({
        ...asked,
        ...(nextPageToken && { nextPageToken }),
      });
      kept.push({ bytes: History.encode(page.history!).finish(), message: page.history });
      if (page.nextPageToken.length === 0) break;
      nextPageToken = page.nextPageToken;
    }
  }
  return kept;
}

/** A life in which texts are sent, lost and refused, and requests that fail; gives its number. */
async function live(world: DevWorld, faults: Plan): Promise<string> {
  const { leasehold, client, taskQueue } = world;
  const lease = await leasehold.provision({
    reference: 'order-1',
    labels: { tenant: 'acme' },
    term: '1 day',
    messages: [{ id: 'm1', to: TO, message: WORDS.first }],
    ...BRISK,
  });
  const { messageId } = await lease.send({ id: 'm2', to: TO, message: WORDS.second });
  await lease.send({ id: 'm5', to: TO, message: WORDS.asked, confirmDelivery: true });
  faults.on(ROUTE.send, { phase: 'after', status: 502 });
  faults.on(ROUTE.history, { phase: 'before', status: 503 });
  await lease.send({ id: 'm3', to: TO, message: WORDS.lost });
  faults.on(ROUTE.send, { phase: 'before', status: 400 });
  await expect(lease.send({ id: 'm4', to: TO, message: `again: ${WORDS.lost}` })).rejects.toMatchObject({
    type: 'MessageRefused',
  });
  const run = world.run(lease.number);
  await run.signal(NAMES.deliveryReported, { messageId, delivered: false, error: WORDS.report });
  await lease.extend({ term: '1 day' });
  await lease.terminate({ reason: WORDS.reason });
  const { messages } = await lease.released();
  expect(messages.find(({ id }) => id === 'm5')).toMatchObject({ delivery: 'confirmed' });

  const asked = { reference: 'order-2', messages: [{ id: 'm1', to: NOT_E164, message: WORDS.first }] };
  const wrong = await client.workflow.start<(input: unknown) => Promise<Leased>>(NAMES.provisionLease, {
    workflowId: 'provision/order-2',
    taskQueue,
    args: [asked],
  });
  await expect(wrong.result()).rejects.toMatchObject({
    cause: { message: expect.stringContaining(NOT_E164) as string },
  });
  await expect(
    leasehold.provision({ reference: 'order-3', number: '+19995550000', ...BRISK }),
  ).rejects.toMatchObject({
    type: 'NumberUnavailable',
  });
  return lease.number;
}

test('neither Temporal nor a log shows a recipient, a text or a key, and whoever has the key reads all', async () => {
  const faults = new Plan();
  const keys = newKey('k1');
  const world = await devWorld({ faults, keys, deliveryMs: 0 });
  const worker = await workerOf(world, { LEASEHOLD_LIMITS: JSON.stringify({ account: { maxLeases: 5 } }) });
  const number = await live(world, faults);

  const hidden = { ...WORDS, apiKey: world.simulator.apiKey, key: keys.split(':')[1]! };
  const raw = await until(
    'all is listed',
    () => rawOf(world),
    (it) => it.includes('provision/order-3'),
  );
  const log = worker.lines.join('\n');
  for (const readable of [
    'lease/',
    number,
    'order-1',
    'tenant=acme',
    'binary/encrypted',
    'Encoded failure',
  ]) {
    expect(raw.includes(readable), readable).toBe(true);
  }
  expect(log).toMatch(/call failed/);
  for (const [what, word] of Object.entries(hidden)) {
    expect(raw.includes(word), `${what} in Temporal`).toBe(false);
    expect(log.includes(word), `${what} in the log`).toBe(false);
  }
  const left = (await keptOf(world)).flatMap(({ message }) => readable(message));
  expect([...new Set(left)]).toEqual([]);

  const texts: string[] = [];
  for await (const record of world.leasehold.audit({ number }))
    texts.push(...record.texts.map(({ id }) => id));
  expect(texts.sort()).toEqual(['m1', 'm2', 'm3', 'm4', 'm5']);
  for await (const { request } of world.leasehold.audit({ reference: 'order-2' })) {
    texts.push(request!.failure!.message);
  }
  expect(texts.at(-1)).toContain(NOT_E164);
  expect(await world.leasehold.rebuildLimits()).toMatchObject({ scopes: [{ leases: 0 }] });
  const { json } = commandsOf(world);
  expect(await json('terminate', number, '--wait')).toMatchObject({ reason: WORDS.reason });
  await throughTheCli(world, keys, number);
});

/** The words that are seen where none may be. */
function seen(text: string, words: Record<string, string>): string[] {
  return Object.keys(words).filter((name) => text.includes(words[name] ?? ''));
}

test('what somebody writes to a number, and what services are told, is encrypted as well', async () => {
  const keys = newKey('k1');
  const world = await devWorld({ keys });
  const service = await eventService(500);
  const worker = await workerOf(world, {
    LEASEHOLD_EVENTS_URL: service.url,
    LEASEHOLD_EVENTS_SECRET: EVENTS_SECRET,
  });
  const gateway = await gatewayOf(world);
  const lease = await world.leasehold.provision({ reference: 'events', ...BRISK });
  const { messageId } = await lease.send({ id: 'm1', to: TO, message: WORDS.first });
  const data = { from: lease.number, to: TO, message_id: messageId, error: WORDS.report };
  expect(await gateway.post('text.delivery.failed', data)).toMatchObject({ received: 'told' });
  for (const body of [WORDS.second, 'STOP']) {
    const answer = await gateway.post('text.incoming.sms', { from: TO, to: lease.number, body });
    expect(answer).toMatchObject({ status: 200 });
  }
  const elsewhere = { from: TO, to: NOT_E164, body: WORDS.lost }; // a number that no run owns
  expect(await gateway.post('text.incoming.sms', elsewhere)).toMatchObject({
    status: 200,
    received: 'ignored',
  });
  const refused = lease.send({ id: 'm2', to: TO, message: WORDS.lost });
  await expect(refused).rejects.toMatchObject({ type: 'OptedOut' });
  await lease.terminate();
  await lease.released();
  const told = () => Promise.resolve(service.told.map(({ body }) => body.toString()).join(''));
  await until('all is told', told, (it) => it.includes(WORDS.second) && it.includes('"released"'));

  const hidden = { ...WORDS, key: keys.split(':')[1]!, vendor: VENDOR_SECRET, events: EVENTS_SECRET };
  const raw = await rawOf(world);
  expect(raw).toContain('deliverEvent');
  expect(seen(raw, hidden)).toEqual([]);
  expect(seen(worker.lines.join('\n'), hidden)).toEqual([]);
  expect(gateway.lines.join('\n')).toContain('webhook');
  expect(seen(gateway.lines.join('\n'), hidden)).toEqual([]);
});

/** A gateway that keeps all that it logs, and posts of the vendor to it. */
async function gatewayOf({ client, taskQueue }: DevWorld) {
  const lines: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void lines.push(line) });
  const app = createGateway({ client, taskQueue, keys: undefined, rate: 100, concurrency: 100, log });
  webhooks(app, { client, secrets: [VENDOR_SECRET], handOn: handOnTexts(client, taskQueue) });
  onTestFinished(() => app.close());
  await app.ready();
  const post = (type: string, data: object) =>
    postWebhook(app, { type, data, id: `evt_${lines.length}_${type}`, secret: VENDOR_SECRET });
  return { lines, post };
}

/** The page of the lease by Temporal's own command line, which asks our codec server. */
async function throughTheCli(world: DevWorld, keys: string, number: string): Promise<void> {
  const read = readKeyring({ LEASEHOLD_ENCRYPTION_KEYS: keys });
  if ('problem' in read || !read.keyring) throw new Error('no keyring');
  const server = await startCodecServer({ keyring: read.keyring, port: 0, origins: [], token: TOKEN });
  const { address, name } = world.namespace;
  const show = async (...more: string[]) => {
    const where = ['--address', address, '--namespace', name, '--workflow-id', `lease/${number}`];
    const { stdout } = await exec(
      devServer().cli,
      ['workflow', 'show', ...where, '--output', 'json', ...more],
      {
        maxBuffer: 50_000_000,
      },
    );
    return decodedData(stdout);
  };
  const codec = ['--codec-endpoint', server.url];
  const decoded = await show(...codec, '--codec-auth', `Bearer ${TOKEN}`);
  for (const word of [WORDS.first, WORDS.reason, TO]) expect(decoded.includes(word), word).toBe(true);
  expect((await show()).includes(WORDS.first)).toBe(false);
  await expect(show(...codec, '--codec-auth', 'Bearer wrong')).rejects.toThrow(/401|codec/i);
  await server.close();
}

/** The data of all payloads of a history that was printed as JSON. */
function decodedData(printed: string): string {
  return Array.from(printed.matchAll(/"data":\s*"([^"]*)"/g), ([, data = '']) =>
    Buffer.from(data, 'base64').toString(),
  ).join('\n');
}

test('keys are rotated under open leases; a worker without the key changes nothing', async () => {
  const [old, young] = [newKey('old'), newKey('young')];
  const world = await devWorld({ keys: [young, old].join(',') });
  const first = await startWorkerProcess({ ...world.env, LEASEHOLD_ENCRYPTION_KEYS: old });
  const before = await clientOf(world, old);
  const lease = await before.provision({ reference: 'rotated', ...BRISK });
  await first.stop();

  const stranger = await workerOf(world, { LEASEHOLD_ENCRYPTION_KEYS: young });
  await world.run(lease.number).signal(NAMES.deliveryReported, { messageId: 'text_1', delivered: true });
  await until(
    'it cannot read',
    () => Promise.resolve(stranger.lines.join('\n')),
    (log) => log.includes('EncryptionError'),
  );
  expect((await world.run(lease.number).describe()).status.name).toBe('RUNNING');
  const blind = await clientOf(world, young);
  await expect(blind.provision({ reference: 'rotated', ...BRISK })).rejects.toMatchObject({
    type: 'NotSetUp',
    message: expect.stringContaining('the key "old"') as string,
  });
  await stranger.stop();

  await workerOf(world);
  await world.leasehold.lease(lease.number).send({ to: TO, message: 'Hello' });
  await world.leasehold.lease(lease.number).terminate();
  expect(await world.leasehold.lease(lease.number).released()).toMatchObject({ releasedBy: 'us' });
  expect((await world.simulator.controls.ledger()).open).toEqual([]);
});

async function clientOf(world: DevWorld, keys: string): Promise<Leasehold> {
  const { env, taskQueue } = world;
  const leasehold = await Leasehold.connect({ taskQueue, env: { ...env, LEASEHOLD_ENCRYPTION_KEYS: keys } });
  onTestFinished(() => leasehold.close());
  return leasehold;
}

test('a lease from before encryption goes on when it is turned on', async () => {
  const keys = newKey('k1');
  const world = await devWorld({ keys });
  const { connection } = world.client;
  const client = new Client({ connection, namespace: world.namespace.name });
  const stop = await world.work(client);
  const plain = new Leasehold(client, { taskQueue: world.taskQueue }, {});
  const { number } = await plain.provision({ reference: 'early', ...BRISK });
  await stop();
  await workerOf(world);
  const lease = world.leasehold.lease(number);
  await lease.send({ id: 'late', to: TO, message: WORDS.second });
  await lease.terminate();
  expect(await lease.released()).toMatchObject({ releasedBy: 'us', counts: { sent: 1 } });
  const raw = await rawOf(world);
  expect(raw.includes('"early"')).toBe(true);
  for (const word of [TO, WORDS.second]) expect(raw.includes(word), word).toBe(false);
});
