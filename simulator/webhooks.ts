import { setTimeout as delay } from 'node:timers/promises';
import { sign } from '../contiguity/webhook-signature.js';
import { writePhone, writeTime, type Dialect } from './dialect.js';
import { draw, id } from './draw.js';
import type { SimulatedText } from './state.js';

export interface WebhookOptions {
  url: string;
  secret: string;
  /** A webhook is posted up to so much later than what it tells, on the simulator's clock; default 0. */
  maxLateMs?: number | undefined;
  /** Share of the webhooks that are posted twice, the second time as late again; default 0. */
  doubled?: number | undefined;
}

export interface IncomingText {
  from: string;
  to: string;
  /** Null or undefined: as a text that is nothing but a picture. */
  body?: string | null | undefined;
  /** Default `text.incoming.sms`. */
  type?: string;
  attachments?: string[];
}

/** What webhooks need of the world around them. */
interface Surroundings {
  seed: number;
  dialect: Dialect;
  /** Runs `act` when the simulator's clock is there. */
  later(at: number, act: () => void): void;
}

const MAX_ATTEMPTS = 5;
const RETRY_AFTER_MS = 200;

/** Posts to one URL what happens to texts, signed like the vendor's; what is not answered 2xx is posted again a few times. */
export class Webhooks {
  private nth = 0;
  private readonly closing = new AbortController();

  constructor(
    private readonly options: WebhookOptions,
    private readonly world: Surroundings,
  ) {}

  delivered(text: SimulatedText, at: number, isDelivered: boolean): void {
    const { phoneNumbers } = this.world.dialect;
    const data = {
      from: writePhone(text.from, phoneNumbers),
      to: writePhone(text.to, phoneNumbers),
      message_id: text.messageId,
      ...(!isDelivered && { error: 'unreachable' }),
    };
    void this.tell(`text.delivery.${isDelivered ? 'confirmed' : 'failed'}`, data, at);
  }

  /** Whether a webhook was taken. */
  received(
    { from, to, body, type = 'text.incoming.sms', attachments }: IncomingText,
    at: number,
  ): Promise<boolean> {
    const { dialect } = this.world;
    return this.tell(
      type,
      {
        from: writePhone(from, dialect.phoneNumbers),
        to: writePhone(to, dialect.phoneNumbers),
        ...(body !== undefined && { body }),
        timestamp: writeTime(at, dialect.webhookTimes),
        ...(attachments && { attachments }),
      },
      at,
    );
  }

  close(): void {
    this.closing.abort();
  }

  private tell(type: string, data: object, at: number): Promise<boolean> {
    const { seed, dialect } = this.world;
    this.nth += 1;
    const event = id('evt', seed, this.nth);
    const timestamp = writeTime(at, dialect.webhookTimes);
    const body = JSON.stringify({ id: event, type, timestamp, api_version: 'v2', data });
    const first = this.postLater(body, at + this.lateness(event));
    if (draw(seed, event, 'doubled') < (this.options.doubled ?? 0))
      void this.postLater(body, at + this.lateness(event) + this.lateness(`${event} again`));
    return first;
  }

  private lateness(event: string): number {
    return draw(this.world.seed, event, 'late') * (this.options.maxLateMs ?? 0);
  }

  private postLater(body: string, at: number): Promise<boolean> {
    return new Promise((resolve) => this.world.later(at, () => void this.post(body).then(resolve)));
  }

  private async post(body: string): Promise<boolean> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS && !this.closing.signal.aborted; attempt += 1) {
      if (attempt > 0) await delay(RETRY_AFTER_MS * 2 ** attempt, undefined, { ref: false });
      if (await this.attempt(body)) return true;
    }
    return false;
  }

  /** Signed in real time, as whoever reads it has no other clock. */
  private async attempt(body: string): Promise<boolean> {
    const { url, secret } = this.options;
    const at = Math.floor(Date.now() / 1_000);
    const signature = `t=${at},v1=${sign(secret, at, body).toString('hex')}`;
    const headers = { 'content-type': 'application/json', 'contiguity-signature': signature };
    try {
      return (await fetch(url, { method: 'POST', headers, body, signal: this.closing.signal })).ok;
    } catch {
      return false;
    }
  }
}
