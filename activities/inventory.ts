import type { Answer, Contiguity } from '../contiguity/index.js';
import type { NumberRecord } from '../domain/number-record.js';
import type { Now } from './clock.js';

/** How long one answer of the inventory serves every search of this worker. */
const FRESH_MS = 1_000;
/**
 * How long a number that a run of this worker went for is offered last to the others. While the account's calls wait
 * their turn, runs own numbers for minutes that the vendor still lists as free.
 */
const CLAIM_MS = 10 * 60_000;

/** The numbers that can be leased, read once for all searches of a moment. */
export class Inventory {
  private latest: { askedAt: number; answer: Promise<Answer<NumberRecord[]>> } | undefined;
  private readonly claims = new Map<string, number>();

  constructor(
    private readonly api: Contiguity,
    private readonly now: Now,
  ) {}

  /** One shared answer a moment; `fresh` asks again because there is nothing left of the shared one. */
  async read(fresh: boolean): Promise<Answer<NumberRecord[]>> {
    const now = await this.now();
    if (this.latest && now - this.latest.askedAt < (fresh ? FRESH_MS / 10 : FRESH_MS))
      return this.latest.answer;
    const answer = this.api.lease.available();
    this.latest = { askedAt: now, answer };
    answer.catch(() => (this.latest = undefined));
    return answer;
  }

  async claim(number: string): Promise<void> {
    this.claimAt(await this.now(), number);
  }

  /** Of these numbers the ones that nobody went for a moment ago, in their order; then the others, longest ago first. */
  unclaimedFirst(ranked: readonly NumberRecord[], now: number): NumberRecord[] {
    const claimedAt = ({ number }: NumberRecord) => this.claims.get(number) ?? -Infinity;
    const isClaimed = (record: NumberRecord) => now - claimedAt(record) < CLAIM_MS;
    const claimed = ranked.filter(isClaimed).sort((a, b) => claimedAt(a) - claimedAt(b));
    return [...ranked.filter((record) => !isClaimed(record)), ...claimed];
  }

  claimAt(now: number, number: string): void {
    for (const [claimed, at] of this.claims) {
      if (now - at < CLAIM_MS) break; // oldest first
      this.claims.delete(claimed);
    }
    this.claims.delete(number); // so that the order stays that of time
    this.claims.set(number, now);
  }
}
