/** How many calls the vendor takes within any second; what is more answers 429. */
export class Rate {
  private taken: number[] = [];

  /** @param perSecond 0: as many as come */
  constructor(public perSecond: number) {}

  /** Counts this call, and tells whether it is one too many. A call that is one too many does not count. */
  isOver(at: number): boolean {
    if (this.perSecond === 0) return false;
    this.taken = this.taken.filter((then) => then > at - 1_000);
    if (this.taken.length >= this.perSecond) return true;
    this.taken.push(at);
    return false;
  }
}
