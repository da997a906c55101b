import type { AwaitedDelivery, LeaseMemory } from '../domain/lease-input.js';
import { AWAITED_BYTES, jsonBytes } from '../domain/sizes.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** A webhook comes within seconds, mostly: so long it may take before anybody is asked. */
const FIRST_LOOK_AFTER_MS = MINUTE_MS;
const LONGEST_WAIT_MS = 6 * HOUR_MS;
/** Carriers try to deliver a text for so long; what is not known by then stays unknown. */
const DELIVERY_KNOWN_WITHIN_MS = 72 * HOUR_MS;
/** How many deliveries a lease waits for at a time. */
const AWAITED = 1_000;
/** What is due so soon is looked at together with what is due now. */
const TOGETHER_MS = 5_000;

/** The texts of a lease of which it was asked whether they arrive, while nobody has told. */
export class DeliveryBook {
  private bytes: number;

  constructor(private readonly memory: LeaseMemory) {
    this.bytes = this.awaited.reduce((sum, each) => sum + jsonBytes(each), 0);
  }

  /** Waits for this one; gives back the vendor's ids of those that it waits for no longer, as there are too many. */
  expect(messageId: string, sentAt: number): string[] {
    const added = { messageId, sentAt, looks: 0 };
    this.memory.awaited = [...this.awaited, added];
    this.bytes += jsonBytes(added);
    const givenUp: string[] = [];
    for (const { messageId: oldest } of this.awaited) {
      if (this.awaited.length <= AWAITED && this.bytes <= AWAITED_BYTES) break;
      this.forget(oldest);
      givenUp.push(oldest);
    }
    return givenUp;
  }

  has(messageId: string): boolean {
    return this.awaited.some((each) => each.messageId === messageId);
  }

  /** Somebody has told, or it is waited for no longer. */
  forget(messageId: string): void {
    const kept = this.awaited.filter((each) => each.messageId !== messageId);
    if (kept.length === this.awaited.length) return;
    this.memory.awaited = kept;
    this.bytes = kept.reduce((sum, each) => sum + jsonBytes(each), 0);
  }

  /** When to look next, epoch milliseconds; undefined where nothing is awaited. */
  get next(): number | undefined {
    return this.awaited.length === 0 ? undefined : Math.min(...this.awaited.map(lookAt));
  }

  /** The vendor's ids of the texts to ask about now, the oldest first; with no time given, of all that are awaited. */
  due(now = Number.POSITIVE_INFINITY): string[] {
    const due = this.awaited.filter((each) => lookAt(each) <= now + TOGETHER_MS);
    return due.map(({ messageId }) => messageId);
  }

  /** The vendor was asked about these; gives back those of them for which it was the last time. */
  looked(messageIds: string[], now: number): string[] {
    const looked = this.awaited.filter(({ messageId }) => messageIds.includes(messageId));
    for (const each of looked) each.looks += 1;
    return looked
      .filter(({ sentAt }) => now >= sentAt + DELIVERY_KNOWN_WITHIN_MS)
      .map(({ messageId }) => messageId);
  }

  private get awaited(): AwaitedDelivery[] {
    return this.memory.awaited;
  }
}

/** One, three, seven minutes after it was sent and so on, in the end every six hours, and at the bound. */
function lookAt({ sentAt, looks }: AwaitedDelivery): number {
  let after = FIRST_LOOK_AFTER_MS;
  for (let nth = 1, wait = FIRST_LOOK_AFTER_MS; nth <= looks; nth += 1) {
    wait = Math.min(LONGEST_WAIT_MS, wait * 2);
    after += wait;
  }
  return sentAt + Math.min(after, DELIVERY_KNOWN_WITHIN_MS);
}
