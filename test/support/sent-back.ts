import { Pace } from '../../contiguity/index.js';
import { Plan, ROUTE } from './plan.js';

/** A pace that sends the next calls back as often as a test says, then lets one go and asks the test again. */
class SentBack extends Pace {
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

/** For a life with one text: its lease call, its look at the number and its text are sent back five times each, and then fail once. */
export function sentBackThenFailing(): { faults: Plan; pace: Pace } {
  const faults = new Plan()
    .on(ROUTE.lease, { phase: 'before', status: 429 })
    .on(ROUTE.read, { phase: 'before', status: 503 })
    .on(ROUTE.send, { phase: 'before', status: 429 });
  // The search, the lease call and its repeat, the look at the number and its repeat, the text.
  return { faults, pace: new SentBack([0, 5, 0, 5, 0, 5]) };
}
