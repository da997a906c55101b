import { setTimeout as delay } from 'node:timers/promises';
import type { Answer, Contiguity } from '../contiguity/index.js';
import type { NumberRecord } from '../domain/number-record.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import type { Now } from './clock.js';

/** How long one answer of the inventory serves every search of this worker. */
const FRESH_MS = 1_000;
/**
 * How long a number that a run of this worker went for is offered last to the others. While the account's calls wait
 * their turn, runs own numbers for minutes that the vendor still lists as free.
 */
const CLAIM_MS = 10 * 60_000;

/** A list of Temporal's that takes longer is done without. */
const OWNED_WITHIN_MS = 500;

/** Numbers whose runs are about to lease them, whichever worker started those. */
type ListOwned = () => Promise<PhoneNumber[]>;

/** The numbers that can be leased, read once for all searches of a moment. */
export class Inventory {
  private latest: { askedAt: number; answer: Promise<Answer<NumberRecord[]>> } | undefined;
  private readonly claims = new Map<PhoneNumber, number>();
  private owned: ReadonlySet<PhoneNumber> = new Set();

  constructor(
    private readonly api: Contiguity,
    private readonly now: Now,
    private readonly listOwned: ListOwned,
  ) {}

  /** One shared answer a moment; `fresh` asks again because there is nothing left of the shared one. */
  async read(fresh: boolean): Promise<Answer<NumberRecord[]>> {
    const now = await this.now();
    if (this.latest && now - this.latest.askedAt < (fresh ? FRESH_MS / 10 : FRESH_MS))
      return this.latest.answer;
    const answer = this.ask();
    this.latest = { askedAt: now, answer };
    answer.catch(() => (this.latest = undefined));
    return answer;
  }

  /** Numbers that were about to be leased when the list was read. */
  get underWay(): number {
    return this.owned.size;
  }

  private async ask(): Promise<Answer<NumberRecord[]>> {
    const owned = Promise.race([this.listOwned(), delay(OWNED_WITHIN_MS, [], { ref: false })]);
    const [answer, numbers] = await Promise.all([this.api.lease.available(), owned.catch(() => [])]);
    this.owned = new Set(numbers);
    return answer;
  }

  async claim(number: PhoneNumber): Promise<void> {
    this.claimAt(await this.now(), number);
  }

  /** These numbers apart: those that nobody went for a moment ago, in their order; and the others, longest ago first. */
  divide(ranked: readonly NumberRecord[], now: number): { free: NumberRecord[]; claimed: NumberRecord[] } {
    const claimedAt = ({ number }: NumberRecord) =>
      this.claims.get(number) ?? (this.owned.has(number) ? now : -Infinity);
    const isClaimed = (record: NumberRecord) => now - claimedAt(record) < CLAIM_MS;
    return {
      free: ranked.filter((record) => !isClaimed(record)),
      claimed: ranked.filter(isClaimed).sort((a, b) => claimedAt(a) - claimedAt(b)),
    };
  }

  claimAt(now: number, number: PhoneNumber): void {
    for (const [claimed, at] of this.claims) {
      if (now - at < CLAIM_MS) break; // oldest first
      this.claims.delete(claimed);
    }
    this.claims.delete(number); // so that the order stays that of time
    this.claims.set(number, now);
  }
}
