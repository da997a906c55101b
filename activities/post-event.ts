import { ApplicationFailure } from '@temporalio/common';
import { request } from 'undici';
import { sign } from '../contiguity/webhook-signature.js';
import type { LeaseEvent } from '../domain/events.js';
import type { Shared } from './deps.js';

/** Where events are told, and what they are signed with. */
export interface EventsTarget {
  url: string;
  secret: string;
}

const LIMIT_MS = 10_000;

/**
 * One `POST` of an event as JSON, signed like the vendor's webhooks: `Leasehold-Signature: t=<unix seconds>,v1=<hex>`, the
 * HMAC-SHA-256 of `t`, a dot and the body. Any answer but 2xx is tried again.
 */
export function postEventActivity({ events }: Shared) {
  return async (event: LeaseEvent): Promise<void> => {
    if (!events) throw notTold('this worker has no LEASEHOLD_EVENTS_URL');
    const body = JSON.stringify(event);
    const at = Math.floor(Date.now() / 1_000);
    const signature = sign(events.secret, at, body).toString('hex');
    const headers = {
      'content-type': 'application/json',
      'leasehold-event-id': event.id,
      'leasehold-signature': `t=${at},v1=${signature}`,
    };
    const status = await post(events.url, headers, body);
    if (status < 200 || status > 299) throw notTold(`the URL for events answered ${status}`);
  };
}

async function post(url: string, headers: Record<string, string>, body: string): Promise<number> {
  try {
    const signal = AbortSignal.timeout(LIMIT_MS);
    const answer = await request(url, { method: 'POST', headers, body, signal });
    await answer.body.dump();
    return answer.statusCode;
  } catch (error) {
    throw notTold(`the URL for events did not answer: ${codeOf(error)}`);
  }
}

/** Its message may hold the URL, which may hold a password. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

function notTold(message: string): ApplicationFailure {
  return ApplicationFailure.create({ type: 'EventNotTold', message });
}
