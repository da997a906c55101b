import type { Client } from '@temporalio/client';
import type { FastifyInstance } from 'fastify';
import { bounded } from '../../client/calls.js';
import { signedAt, TOLERANCE_MS } from '../../contiguity/webhook-signature.js';
import { bare, refused } from '../problems.js';
import { readEvent, type VendorEvent } from './events.js';
import { tellOwner } from './receive.js';

export const WEBHOOK_PATH = '/webhooks/contiguity';
const BODY_LIMIT_BYTES = 256 * 1024;
/** Who sends webhooks does not wait for long. */
const TEMPORAL_LIMIT_MS = 10_000;
/** Ids of events that were answered; those of the last minutes are enough, an older one's signature is too old. */
const REMEMBERED = 50_000;

export interface WebhookOptions {
  client: Client;
  /** Of the vendor's webhook; two are valid while one takes the other's place. */
  secrets: string[];
  now?: () => number;
  /** Called with each event that is new, after its number's run was told. */
  handOn?: (event: VendorEvent) => Promise<void>;
}

/**
 * `POST /webhooks/contiguity`: what the vendor tells of texts and numbers. 200 when it is dealt with, also where nothing
 * is to be done; 401 for a signature that is missing, wrong or old, and nothing more is said; 400 for a body that
 * cannot be read; 413 above 256 KiB; 503 where Temporal is away, so that the vendor may come again.
 */
export function webhooks(
  app: FastifyInstance,
  { client, secrets, now = Date.now, handOn }: WebhookOptions,
): void {
  const seen = new Seen();
  app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => {
      parsed(null, body);
    });
    scope.post(WEBHOOK_PATH, { bodyLimit: BODY_LIMIT_BYTES }, async (request) => {
      const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
      const header = request.headers['contiguity-signature'];
      const at = signedAt(Array.isArray(header) ? header[0] : header, body, secrets, now());
      if (at === undefined) throw bare(401);
      const event = readEvent(body, at);
      if ('problem' in event) throw refused('InvalidRequest', { detail: event.problem, field: event.field });
      if (seen.has(event.id, now())) return { received: 'before' };
      const received = await bounded(client.connection, TEMPORAL_LIMIT_MS, async () => {
        const told = await tellOwner(client, event);
        await handOn?.(event);
        return told;
      });
      seen.add(event.id, now());
      request.log.info({ event: event.id, kind: event.kind, received }, 'webhook');
      return { received };
    });
    done();
  });
}

/** The ids of the last minutes, oldest first. What gets past it is harmless: see `tellOwner`. */
class Seen {
  private readonly ids = new Map<string, number>();

  has(id: string, now: number): boolean {
    return (this.ids.get(id) ?? -Infinity) > now - 2 * TOLERANCE_MS;
  }

  add(id: string, now: number): void {
    this.ids.delete(id);
    this.ids.set(id, now);
    for (const [oldest, at] of this.ids) {
      if (this.ids.size <= REMEMBERED && at > now - 2 * TOLERANCE_MS) return;
      this.ids.delete(oldest);
    }
  }
}
