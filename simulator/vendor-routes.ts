import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { E164_HINT, isPhoneNumber } from '../domain/phone-number.js';
import { Refusal } from './account.js';
import { writePhone, writeRows, writeTime } from './dialect.js';
import type { SimulatedNumber } from './inventory.js';
import { answer, refused, type Act, type View } from './pipeline.js';
import type { SimulatedLease, SimulatedText } from './state.js';
import { send } from './wire.js';
import type { World } from './world.js';

const failoverSchema = z.object({
  enabled: z.boolean(),
  mode: z.enum(['all', 'selective']).default('all'),
  numbers: z.array(z.string().refine(isPhoneNumber)).default([]),
});
type Failover = z.infer<typeof failoverSchema>;

/** Every route of the vendor's that this product and the vendor's own SDK use for leases, texts and entitlements. */
const ROUTES: Record<string, Act> = {
  'GET /numbers/leases': ({ world: { account, options } }) => {
    const numbers = account.available();
    if (numbers.length === 0) throw new Refusal(404, 'No numbers available');
    return { available: numbers.length, numbers: writeRows(numbers, byNumber, options.dialect) };
  },
  'GET /numbers/leased': ({ now, world }) => {
    const numbers = world.account.ownLeases().map((lease) => leasedRecord(world, lease, now));
    if (numbers.length === 0) throw new Refusal(404, 'No leased numbers');
    return { leased: numbers.length, numbers: writeRows(numbers, byNumber, world.options.dialect) };
  },
  'GET /numbers/leased/{number}': ({ request, now, world }) => {
    return leasedRecord(world, world.account.ownLease(numberOf(request)), now);
  },
  'GET /numbers/{number}': ({ request, now, world }) => {
    const { account } = world;
    const number = account.number(numberOf(request));
    const lease = [...account.ownLeases(), ...account.state.expired].find((own) => own.number === number.id);
    return lease ? leasedRecord(world, lease, now) : number;
  },
  'POST /numbers/lease/{number}': ({ request, now, world }) => {
    const method = bodyOf(request)['billing_method'] ?? 'monthly';
    if (method !== 'monthly' && method !== 'service_contract') {
      throw new Refusal(400, 'billing_method must be monthly or service_contract');
    }
    return leaseAnswer(world, world.account.lease(numberOf(request), method, 'us', now), now);
  },
  'DELETE /numbers/leased/{number}': ({ request, now, world: { account, options } }) => {
    const lease = account.terminate(numberOf(request), 'us', now);
    const { leaseId: lease_id, number: number_id } = lease;
    const terminated_at = writeTime(lease.terminatedAt ?? now, options.dialect.leaseTimes);
    return { lease_id, number_id, status: 'terminated', terminated_at };
  },
  'POST /numbers/{number}/configure': ({ request, world: { account } }) => {
    const { number } = account.ownLease(numberOf(request));
    return { number, failover: failoverOf(bodyOf(request)) };
  },
  'POST /send/text': ({ request, now, world: { account } }) => {
    const body = bodyOf(request);
    if (body['fast_track'] === true) account.needs('fast_track', 'Fast Track needs its terms accepted');
    return { message_id: account.send(textOf(body), now).messageId };
  },
  'GET /conversations/history/message/{id}': ({ request, now, world }) => message(world, request, now),
  'GET /conversations/history/text/{to}/{from}/{limit}': ({ request, now, world }) =>
    history(world, request, now),
  'GET /entitlements/': ({ world: { state } }) => ({
    entitlements: Object.keys(state.entitlements).map((name) => entitlement(state.entitlements, name)),
  }),
  'GET /entitlements/{name}': ({ request, world: { state } }) =>
    entitlement(state.entitlements, param(request, 'name')),
  'POST /entitlements/{name}': ({ request, world: { state } }) => {
    const { name } = entitlement(state.entitlements, param(request, 'name'));
    state.entitlements[name] = true;
    return { granted: true, entitlement_id: `ent_${name}` };
  },
  'DELETE /entitlements/{name}': ({ request, world: { state } }) => {
    const { name } = entitlement(state.entitlements, param(request, 'name'));
    state.entitlements[name] = false;
    return { revoked: true };
  },
};

export const VENDOR_ROUTES = Object.keys(ROUTES);

/** In a scope of their own: what cannot be read there is refused in the vendor's envelope. */
export function registerVendorRoutes(server: FastifyInstance, world: World): void {
  server.register((vendor, _options, done) => {
    vendor.setErrorHandler(async (error, _request, reply) => {
      if (!(error instanceof Refusal)) throw error;
      await send(reply, refused(world, await world.now(), error));
    });
    for (const [route, act] of Object.entries(ROUTES)) {
      const [method, path] = route.split(' ') as ['GET' | 'POST' | 'DELETE', string];
      const url = path.replaceAll(/\{(\w+)\}/g, ':$1');
      vendor.route({
        method,
        url,
        handler: (request, reply) => answer({ world, route, act, request }, reply),
      });
    }
    done();
  });
}

const byNumber = ({ id }: SimulatedNumber): string => id;

function leasedRecord(
  { account, options }: View,
  lease: SimulatedLease,
  now: number,
): SimulatedNumber & Record<string, unknown> {
  const { leaseId: lease_id, billingMethod: method } = lease;
  const lease_status = account.statusOf(lease, now);
  const billing = { method, period: periodOf(lease, options) };
  return { ...account.number(lease.number), lease_id, lease_status, billing };
}

function leaseAnswer({ account, options }: View, lease: SimulatedLease, now: number) {
  const price = account.number(lease.number).pricing;
  const { leaseId: lease_id, number, billingMethod: method } = lease;
  return {
    lease_id,
    number,
    status: account.statusOf(lease, now),
    billing: { method, price, period: periodOf(lease, options) },
  };
}

function periodOf({ start }: SimulatedLease, { dialect }: View['options']) {
  return { start: writeTime(start, dialect.leaseTimes), end: null };
}

function textOf(body: Record<string, unknown>): Omit<SimulatedText, 'messageId' | 'at'> {
  const { from, to, message = '', attachments = [] } = body;
  if (!isPhoneNumber(to)) throw new Refusal(400, `to must be ${E164_HINT}`);
  if (!isPhoneNumber(from)) throw new Refusal(400, `from must be ${E164_HINT}`);
  const links: unknown[] = Array.isArray(attachments) ? attachments : ['not a list'];
  const isLink = (link: unknown): link is string => typeof link === 'string' && link.startsWith('https://');
  if (links.length > 3 || !links.every(isLink))
    throw new Refusal(400, 'attachments must be at most 3 https links');
  if (typeof message !== 'string' || (message === '' && links.length === 0)) {
    throw new Refusal(400, 'message is required where there are no attachments');
  }
  return { from, to, message, attachments: links.filter(isLink) };
}

function failoverOf({ failover }: Record<string, unknown>): Failover {
  const parsed = failoverSchema.safeParse(failover ?? { enabled: false });
  if (!parsed.success) {
    throw new Refusal(400, 'failover must be {enabled, mode: "all" or "selective", numbers: [E.164]}');
  }
  return parsed.data;
}

function message({ state, options }: View, request: FastifyRequest, now: number) {
  const text = state.texts.find(({ messageId }) => messageId === param(request, 'id'));
  if (!text || text.at + options.historyLagMs > now) throw new Refusal(404, 'Message not found');
  const { messageId: id, message: words, attachments } = text;
  const { status, at } = wayOf({ state, options }, text, now);
  const { to, from, timestamp } = written(text, options);
  const tracking = [
    { event: 'text.sent', title: 'Message sent', timestamp: iso(text.at) },
    ...(status === 'delivered'
      ? [{ event: 'text.delivery.confirmed', title: 'Message delivered', timestamp: iso(at) }]
      : []),
    ...(status === 'failed'
      ? [{ event: 'text.delivery.failed', title: 'Message failed', timestamp: iso(at) }]
      : []),
  ];
  const wanted = (request.query as Record<string, unknown>)['tracking'] === 'true';
  return { id, to, from, message: words, timestamp, status, attachments, ...(wanted && { tracking }) };
}

function history({ state, options }: View, request: FastifyRequest, now: number) {
  const [to, from] = [param(request, 'to'), param(request, 'from')];
  if (!isPhoneNumber(to)) throw new Refusal(400, `to must be ${E164_HINT}`);
  if (!isPhoneNumber(from)) throw new Refusal(400, `from must be ${E164_HINT}`);
  const limit = Number(param(request, 'limit'));
  if (!Number.isInteger(limit) || limit < 1 || limit > 200) throw new Refusal(400, 'limit must be 1 to 200');
  const shown = state.texts.filter(
    (text) => text.to === to && text.from === from && text.at + options.historyLagMs <= now,
  );
  if (shown.length === 0) throw new Refusal(404, 'No conversation found');
  const { dialect } = options;
  const conversation = shown
    .slice(-limit)
    .reverse()
    .map((text) => {
      const { message: words, attachments } = text;
      const way = wayOf({ state, options }, text, now);
      const timestamp = writeTime(way.at, dialect.historyTimes);
      const delivery = { status: way.status, delayed: false, timestamp };
      return { ...written(text, options), message: words, delivery, attachments };
    });
  const keys = new Map(conversation.map((entry, nth) => [entry, shown.at(-1 - nth)?.messageId ?? '']));
  return {
    conversation: writeRows(conversation, (entry) => keys.get(entry) ?? '', dialect),
    reactions: [],
    chat: { limit, total: conversation.length, count: conversation.length },
  };
}

function written({ to, from, at }: SimulatedText, { dialect }: View['options']) {
  return {
    to: writePhone(to, dialect.phoneNumbers),
    from: writePhone(from, dialect.phoneNumbers),
    timestamp: writeTime(at, dialect.historyTimes),
  };
}

/** How far a text is on its way, and since when. */
function wayOf(
  { state, options }: Pick<View, 'state' | 'options'>,
  { to, at }: SimulatedText,
  now: number,
): { status: 'sent' | 'delivered' | 'failed'; at: number } {
  const arrives = at + options.deliveryMs;
  if (now < arrives) return { status: 'sent', at };
  return { status: state.unreachable?.includes(to) ? 'failed' : 'delivered', at: arrives };
}

function entitlement(entitlements: Record<string, boolean>, name: string) {
  const granted = entitlements[name];
  if (typeof granted !== 'boolean') throw new Refusal(404, `No entitlement ${name}`);
  return {
    name,
    description: `Allows the account what needs ${name}`,
    status: granted ? 'granted' : 'available',
    ...(granted && { entitlement_id: `ent_${name}` }),
  };
}

function numberOf(request: FastifyRequest): string {
  const number = param(request, 'number');
  if (!isPhoneNumber(number)) throw new Refusal(400, `The number must be ${E164_HINT}`);
  return number;
}

function param(request: FastifyRequest, name: string): string {
  return (request.params as Record<string, string | undefined>)[name] ?? '';
}

function bodyOf({ body }: FastifyRequest): Record<string, unknown> {
  if (body === undefined || body === null) return {};
  if (typeof body !== 'object' || Array.isArray(body))
    throw new Refusal(400, 'The body must be a JSON object');
  return { ...body };
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
