/** How many terminations are remembered. */
const REMEMBERED = 32;
/** After so many first looks in a row that came too late to tell, the next termination is measured from the start. */
const TOO_LATE_AT_MOST = 16;

/** How long recent terminations took, so that the next wait is about as long and no longer. */
export class ReleaseTimes {
  private recent: number[] = [];
  private tooLate = 0;

  /** @param wasOver the first look found it over already: it took as long as this, or any time less */
  add(milliseconds: number, wasOver: boolean): void {
    this.recent.push(milliseconds);
    if (this.recent.length > REMEMBERED) this.recent.shift();
    this.tooLate = wasOver ? this.tooLate + 1 : 0;
    if (this.tooLate > TOO_LATE_AT_MOST) this.forget(); // or a vendor that became faster would never be noticed
  }

  /** The lower quartile in milliseconds: a look too early costs one call, one too late costs the owner money. */
  typical(): number | undefined {
    const sorted = this.recent.toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 4)];
  }

  private forget(): void {
    this.recent = [];
    this.tooLate = 0;
  }
}
