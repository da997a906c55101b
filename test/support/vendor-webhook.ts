/** What the vendor posts to a gateway. */
import type { FastifyInstance } from 'fastify';
import { sign } from '../../contiguity/webhook-signature.js';
import { WEBHOOK_PATH } from '../../gateway/webhooks/index.js';

export interface VendorWebhook {
  /** `text.delivery.confirmed` and others. */
  type: string;
  data: object;
  id: string;
  secret: string;
  ageSeconds?: number;
}

/** Signs and posts as the vendor does; gives the status and the body of the answer. */
export async function postWebhook(
  app: FastifyInstance,
  { type, data, id, secret, ageSeconds = 0 }: VendorWebhook,
): Promise<Record<string, unknown> & { status: number }> {
  const at = Math.floor(Date.now() / 1_000) - ageSeconds;
  const payload = JSON.stringify({ id, type, timestamp: at, api_version: 'v2', data });
  const signature = `t=${at},v1=${sign(secret, at, payload).toString('hex')}`;
  const headers = { 'content-type': 'application/json', 'contiguity-signature': signature };
  const answer = await app.inject({ method: 'POST', url: WEBHOOK_PATH, headers, payload });
  return { status: answer.statusCode, ...answer.json<Record<string, unknown>>() };
}
