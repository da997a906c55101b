import type { Message, MessageRecord } from '../domain/contract.js';
import { failure } from '../domain/failures.js';
import type { LeaseMemory } from '../domain/lease-input.js';

/** How many message ids a lease remembers, so that none is sent twice; the oldest are forgotten first. */
const REMEMBERED = 5_000;
/** Of so many the whole record is kept; of older ones what answers a repeat, so that all fits into a run's input. */
const IN_FULL = 100;

type Became = Pick<MessageRecord, 'messageId' | 'failure'> & {
  outcome: Exclude<MessageRecord['outcome'], 'queued'>;
};

/** The messages of one lease: what is still to be sent, and what became of the rest. */
export class MessageBook {
  private readonly records: Map<string, MessageRecord>;

  constructor(
    private readonly memory: LeaseMemory,
    private readonly note: (text: string) => void,
  ) {
    this.records = new Map(memory.messages.map((record) => [record.id, record]));
  }

  of(id: string): MessageRecord | undefined {
    return this.records.get(id);
  }

  enqueue(message: Message): MessageRecord {
    const { id, to } = message;
    const record: MessageRecord = { id, to, outcome: 'queued' };
    this.memory.queue.push(message);
    this.memory.messages.push(record);
    this.memory.counts.queued += 1;
    this.records.set(id, record);
    return record;
  }

  /** Notes what became of a queued message, once and for good. */
  settle(id: string, became: Became): void {
    const { memory } = this;
    const record = this.records.get(id);
    if (record?.outcome !== 'queued') return;
    Object.assign(record, became);
    memory.queue = memory.queue.filter((message) => message.id !== id);
    memory.counts.queued -= 1;
    memory.counts[became.outcome] += 1;
    this.forgetOldest();
    this.note(`message ${id}: ${became.outcome}${became.failure ? `, ${became.failure.message}` : ''}`);
  }

  /** What is still queued when a lease ends is not sent any more. */
  refuseQueued(): void {
    const { ending, grace } = this.memory;
    const { reason } = ending ?? grace ?? { reason: 'the lease ended' };
    for (const { id } of [...this.memory.queue]) {
      const why = failure('LeaseNotActive', `message ${id} was not sent: ${reason}`);
      this.settle(id, { outcome: 'refused', failure: why });
    }
  }

  private forgetOldest(): void {
    const shortened = this.memory.messages.at(-IN_FULL - 1);
    if (shortened?.failure) shortened.failure = { ...shortened.failure, message: 'refused' };
    if (this.memory.messages.length <= REMEMBERED) return;
    const oldest = this.memory.messages.shift();
    if (oldest) this.records.delete(oldest.id);
  }
}
