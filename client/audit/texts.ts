import { createHash } from 'node:crypto';
import type { HistorySeen } from '../../activities/read-history.js';
import type { MessageRecord } from '../../domain/contract.js';
import type { Outcome } from '../../domain/outcome.js';
import type { AuditedText } from './record.js';

/** A lease may send for years: of more texts than this the oldest are left out, and counted. */
const TEXTS_AT_MOST = 10_000;

export interface TextSeen {
  id: string;
  to: string;
  message: string;
}

/** The texts of one lease. What they say, and to whom, leaves here as a hash alone. */
export class TextStory {
  private readonly texts = new Map<string, AuditedText>();
  /** The text of each call that is under way. */
  private readonly calls = new Map<string, AuditedText>();
  leftOut = 0;

  get all(): AuditedText[] {
    return [...this.texts.values()];
  }

  asked({ id, to, message }: TextSeen, by: string | null): void {
    const text = this.of(id);
    text.hash ??= hashOf(to, message);
    text.by ??= by;
  }

  called(call: string, { id, to, message }: TextSeen, at: string): void {
    const text = this.of(id);
    text.hash ??= hashOf(to, message);
    text.calls.push({ at, outcome: 'lost' });
    text.outcome = 'doubt';
    this.calls.set(call, text);
  }

  ended(call: string, result: Outcome<{ messageId: string }> | undefined): void {
    const text = this.calls.get(call);
    const last = text?.calls.at(-1);
    if (!text || !last) return;
    this.calls.delete(call);
    if (result?.outcome === 'confirmed') {
      last.outcome = 'sent';
      Object.assign(text, { outcome: 'sent', messageId: result.value.messageId });
    } else if (result?.outcome === 'refused') {
      last.outcome = 'refused';
      const { neverSent, status } = result.call;
      text.outcome = neverSent || status === 429 || status === 401 ? 'queued' : 'refused'; // it is sent again later
    }
  }

  /** What the vendor's history shows of a text whose response was lost, or refused a copy of the request. */
  shown({ id, verdict }: HistorySeen): void {
    if (verdict === 'sent') this.of(id).outcome = 'sent';
  }

  /** What the run itself knows of a text. */
  settled({ id, outcome, messageId }: Pick<MessageRecord, 'id' | 'outcome' | 'messageId'>): void {
    const text = this.of(id);
    if (outcome === 'queued') return;
    Object.assign(text, { outcome, ...(messageId !== undefined && { messageId }) });
  }

  /** A lease that is over sends nothing more. */
  over(): void {
    for (const text of this.texts.values()) if (text.outcome === 'queued') text.outcome = 'refused';
  }

  private of(id: string): AuditedText {
    const known = this.texts.get(id);
    if (known) return known;
    const text: AuditedText = { id, by: null, hash: null, calls: [], outcome: 'queued' };
    this.texts.set(id, text);
    const [oldest] = this.texts.keys();
    if (this.texts.size > TEXTS_AT_MOST && oldest !== undefined) {
      this.texts.delete(oldest);
      this.leftOut += 1;
    }
    return text;
  }
}

/** Tells a text that one knows from another one, and gives neither away. */
export function hashOf(to: string, message: string): string {
  return createHash('sha256').update(`${to}\n${message}`).digest('hex');
}
