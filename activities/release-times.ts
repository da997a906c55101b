/** How many terminations are remembered. */
const REMEMBERED = 32;
/** A release that the first look finds happened at some time before it: the next look comes earlier, by at most so much. */
const MAX_EARLIER_SHARE = 0.3;
const MAX_EARLIER_MS = 5_000;

/** How long recent terminations took, so that the next wait is about as long and no longer. */
export class ReleaseTimes {
  private recent: number[] = [];

  /** @param wasOver the first look found it over already: it took as long as this, or any time less */
  add(milliseconds: number, wasOver: boolean): void {
    const earlierMs = wasOver ? Math.min(MAX_EARLIER_SHARE * milliseconds, MAX_EARLIER_MS) : 0;
    this.recent.push(milliseconds - earlierMs);
    if (this.recent.length > REMEMBERED) this.recent.shift();
  }

  /** The lower quartile in milliseconds: a look too early costs one call, one too late costs the owner money. */
  typical(): number | undefined {
    const sorted = this.recent.toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 4)];
  }
}
