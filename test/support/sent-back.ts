import { Pace } from '../../contiguity/index.js';

/** A pace that sends the next calls back as often as a test says, then lets one go and asks the test again. */
export class SentBack extends Pace {
  /** @param times of the calls that are made, in order: how often each is sent back before it goes; the later ones go at once */
  constructor(private readonly times: number[]) {
    super();
  }

  override comes(): Promise<{ backAfterMs: number } | undefined> {
    const [left = 0] = this.times;
    if (left === 0) this.times.shift();
    else this.times[0] = left - 1;
    return Promise.resolve(left === 0 ? undefined : { backAfterMs: 10 });
  }
}
