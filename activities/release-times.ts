/** How many terminations are remembered. */
const REMEMBERED = 32;

/** How long recent terminations took, so that the next wait is about as long and no longer. */
export class ReleaseTimes {
  private readonly recent: number[] = [];

  add(milliseconds: number): void {
    this.recent.push(milliseconds);
    if (this.recent.length > REMEMBERED) this.recent.shift();
  }

  /** The lower quartile in milliseconds: a look too early costs one call, one too late costs the owner money. */
  typical(): number | undefined {
    const sorted = this.recent.toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 4)];
  }
}
