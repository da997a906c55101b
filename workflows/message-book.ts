import type { Delivery, Message, MessageRecord } from '../domain/contract.js';
import { failure } from '../domain/failures.js';
import type { EarlyDelivery, LeaseMemory, RememberedMessage } from '../domain/lease-input.js';
import { digestOf, type OtherTexts } from '../domain/text-history.js';
import { jsonBytes, QUEUED_BYTES, REMEMBERED_BYTES } from '../domain/sizes.js';

/** Texts that may wait for their turn in one lease. */
const QUEUED = 2_000;
/** How many message ids a lease remembers, so that none is sent twice; the oldest are forgotten first. */
const REMEMBERED = 5_000;
/** Of so many the whole record is kept; of older ones what answers a repeat, so that all fits into a run's input. */
const IN_FULL = 100;
/** Deliveries that are kept for texts whose send has no answer yet, the newest ones. */
const MAX_EARLY_DELIVERIES = 100;
/** The vendor's ids are shorter. */
const MAX_MESSAGE_ID_LENGTH = 200;

type Became = Pick<MessageRecord, 'messageId' | 'failure' | 'delivery'> & {
  outcome: Exclude<MessageRecord['outcome'], 'queued'>;
};

/** The messages of one lease: what is still to be sent, and what became of the rest. */
export class MessageBook {
  private readonly records: Map<string, RememberedMessage>;
  private queuedBytes: number;
  private rememberedBytes: number;

  constructor(
    private readonly memory: LeaseMemory,
    private readonly note: (text: string) => void,
  ) {
    this.records = new Map(memory.messages.map((record) => [record.id, record]));
    this.queuedBytes = memory.queue.reduce((sum, message) => sum + waitingBytes(message), 0);
    this.rememberedBytes = memory.messages.reduce((sum, record) => sum + jsonBytes(record), 0);
  }

  of(id: string): MessageRecord | undefined {
    return this.records.get(id);
  }

  /** As many texts wait as may wait. */
  get isFull(): boolean {
    return this.memory.queue.length >= QUEUED || this.queuedBytes >= QUEUED_BYTES;
  }

  enqueue(message: Message): MessageRecord {
    const record = recordOf(message);
    this.memory.queue.push(message);
    this.memory.messages.push(record);
    this.memory.counts.queued += 1;
    this.records.set(message.id, record);
    this.queuedBytes += waitingBytes(message);
    this.rememberedBytes += jsonBytes(record);
    return record;
  }

  /** Notes what became of a queued message, once and for good. */
  settle(id: string, became: Became): void {
    const { memory } = this;
    const record = this.records.get(id);
    if (record?.outcome !== 'queued') return;
    this.change(record, became);
    this.queuedBytes -= memory.queue.reduce((sum, it) => (it.id === id ? sum + waitingBytes(it) : sum), 0);
    memory.queue = memory.queue.filter((message) => message.id !== id);
    memory.doubts = memory.doubts.filter((doubt) => doubt.id !== id);
    memory.counts.queued -= 1;
    memory.counts[became.outcome] += 1;
    this.forgetOldest();
    this.note(`message ${id}: ${became.outcome}${became.failure ? `, ${became.failure.message}` : ''}`);
  }

  /** What became of a text on its way; the text, where that is news. Kept where the text's send has no answer yet. */
  delivered(messageId: string, delivery: Delivery): MessageRecord | undefined {
    const record = this.memory.messages.findLast((message) => message.messageId === messageId);
    if (!record) this.keepEarly({ messageId, delivery });
    if (!record || record.delivery === delivery) return undefined;
    this.change(record, { delivery });
    return record;
  }

  private keepEarly(early: EarlyDelivery): void {
    const { queue, earlyDeliveries = [] } = this.memory;
    if (queue.length === 0 || early.messageId.length > MAX_MESSAGE_ID_LENGTH) return;
    this.memory.earlyDeliveries = [...earlyDeliveries, early].slice(-MAX_EARLY_DELIVERIES);
  }

  /** What a webhook reported of this text before its send was answered; given once. */
  takeEarly(messageId: string): Delivery | undefined {
    const { queue, earlyDeliveries = [] } = this.memory;
    const early = earlyDeliveries.findLast((each) => each.messageId === messageId);
    const kept = queue.length === 0 ? [] : earlyDeliveries.filter((each) => each.messageId !== messageId);
    if (kept.length === 0) delete this.memory.earlyDeliveries;
    else this.memory.earlyDeliveries = kept;
    return early?.delivery;
  }

  /** The latest ones, as they are shown. */
  latest(count: number): MessageRecord[] {
    return this.memory.messages.slice(-count).map((message) => {
      const shown = { ...message };
      delete shown.digest;
      return shown;
    });
  }

  /** What else this lease may have sent to the recipient of a message. */
  othersTo({ id, to }: Message): OtherTexts {
    const { messages, counts } = this.memory;
    const others = messages.filter((record) => record.to === to && record.id !== id);
    const isUnsure = ({ outcome, failure: why }: MessageRecord) =>
      outcome === 'unknown' || why?.type === 'MessageRefused';
    return {
      sent: countDigests(others.filter(({ outcome }) => outcome === 'sent')),
      unknown: countDigests(others.filter(isUnsure)),
      queued: countDigests(others.filter(({ outcome }) => outcome === 'queued')),
      areForgotten: counts.queued + counts.sent + counts.unknown + counts.refused > messages.length,
    };
  }

  /** What is still queued when a lease ends is not sent any more; what may have been sent is settled first. */
  refuseQueued(): void {
    const { queue, doubts } = this.memory;
    const inDoubt = new Set(doubts.flatMap(({ id, until }) => (until === undefined ? [] : [id])));
    for (const { id } of [...queue]) {
      if (!inDoubt.has(id)) this.refuseUnsent(id);
    }
  }

  /** A text that surely was not sent, and is not any more. */
  refuseUnsent(id: string): void {
    const { ending, grace } = this.memory;
    const { reason } = ending ?? grace ?? { reason: 'the lease ended' };
    const why = failure('LeaseNotActive', `message ${id} was not sent: ${reason}`);
    this.settle(id, { outcome: 'refused', failure: why });
  }

  private forgetOldest(): void {
    const { messages } = this.memory;
    const shortened = messages.at(-IN_FULL - 1);
    if (shortened?.failure) this.change(shortened, { failure: { ...shortened.failure, message: 'refused' } });
    while (messages.length > REMEMBERED || this.rememberedBytes > REMEMBERED_BYTES) {
      const [oldest] = messages;
      if (!oldest || oldest.outcome === 'queued') return;
      messages.shift();
      this.records.delete(oldest.id);
      this.rememberedBytes -= jsonBytes(oldest);
    }
  }

  private change(record: MessageRecord, change: Partial<MessageRecord>): void {
    this.rememberedBytes -= jsonBytes(record);
    Object.assign(record, change);
    this.rememberedBytes += jsonBytes(record);
  }
}

export function recordOf({ id, to, message }: Message): RememberedMessage {
  return { id, to, outcome: 'queued', digest: digestOf(message) };
}

function countDigests(messages: RememberedMessage[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { digest = '' } of messages) counts[digest] = (counts[digest] ?? 0) + 1;
  return counts;
}

/** A text that waits is carried twice: as itself, and as its record. */
function waitingBytes(message: Message): number {
  const { id, to } = message;
  return jsonBytes(message) + jsonBytes({ id, to, outcome: 'queued', digest: 'zzzzzzz' });
}
