import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { EARLIER_CODE, type EarlierCode } from './earlier-code.js';
import type { SeedReport } from './fleet.js';
import type { Order } from './performer.js';
import { SeedSet } from './seed-set.js';
import { NO_SUMS, summed, together, type Sums } from './sums.js';

/** A seed in which the promise was broken. */
export type Broken = Pick<SeedReport, 'seed' | 'violations' | 'story'>;

/** A story as the file has it: number → what happened to it. */
interface Kept extends Omit<Broken, 'story'> {
  story: { [number: string]: string[] };
}

/** All seeds that were played in one way with one version of the code, whenever that was. */
interface Sittings {
  /** What they were played with: `playedCode`. */
  code: string;
  way: string;
  /** `1-304 306`. */
  seeds: string;
  sums: Sums;
  broken: Kept[];
}

interface Carried extends Omit<EarlierCode, 'countsFor'> {
  /** How many. */
  seeds: number;
  played: SeedSet;
  sums: Sums;
}

/** Seeds of an order that differ in nothing but their number. */
export type Way = Omit<Order, 'seed'>;

/**
 * A file of JSON that keeps what the seeds of a long run came to, so that it may be stopped at any moment and started again:
 * what is in the file is counted, not played, as long as the code is the same. A seed that broke down is not kept, and so
 * is played again. Sums are kept and not seeds one by one, so ten thousand seeds are a file that a person can read.
 */
export class PlayedSeeds {
  private readonly sittings: Sittings[];
  private readonly ours: Sittings;
  private readonly played: SeedSet;
  /** What earlier code came to that counts for this; seeds that broke a promise are played again with this. */
  readonly carried: Carried[];
  /** Seeds that were played in this way with other code, which do not count. */
  readonly passedOver: number;

  constructor(
    private readonly path: string,
    code: string,
    ordered: Way,
    earlier: EarlierCode[] = EARLIER_CODE,
  ) {
    const way = inWords(ordered);
    const kept = sittingsIn(path);
    const others = kept.filter((each) => each.code !== code && each.way === way);
    this.carried = others.flatMap((each) => carriedTo(code, each, earlier));
    const isCarried = (each: Sittings) => this.carried.some((one) => one.code === each.code);
    this.passedOver = others
      .filter((each) => !isCarried(each))
      .reduce((sum, { seeds }) => sum + new SeedSet(seeds).size, 0);
    this.ours = kept.find((each) => each.code === code && each.way === way) ?? {
      code,
      way,
      seeds: '',
      sums: NO_SUMS,
      broken: [],
    };
    this.sittings = [...kept.filter((each) => each !== this.ours), this.ours];
    this.played = new SeedSet(this.ours.seeds);
  }

  get sums(): Sums {
    return this.carried.reduce((all, { sums }) => together(all, sums), this.ours.sums);
  }

  get broken(): Broken[] {
    return this.ours.broken.map(({ story, ...rest }) => ({ ...rest, story: new Map(Object.entries(story)) }));
  }

  has(seed: number): boolean {
    return this.played.has(seed) || this.carried.some(({ played }) => played.has(seed));
  }

  /** On the disk when this returns, as a whole or not at all. */
  add(report: SeedReport): void {
    const { seed, violations, story } = report;
    if (report.brokeDown || this.has(seed)) return;
    this.played.add(seed);
    this.ours.seeds = this.played.toString();
    this.ours.sums = summed(this.ours.sums, report);
    if (violations.length > 0) this.ours.broken.push({ seed, violations, story: Object.fromEntries(story) });
    writeFileSync(`${this.path}.new`, `${JSON.stringify(this.sittings, null, 2)}\n`);
    renameSync(`${this.path}.new`, this.path);
  }
}

/** What a broken seed leased and met stays in the sums, which are not kept seed by seed. */
function carriedTo(code: string, sittings: Sittings, earlier: EarlierCode[]): Carried[] {
  const found = earlier.find((one) => one.code === sittings.code && one.countsFor === code);
  if (!found) return [];
  const played = new SeedSet(sittings.seeds);
  for (const { seed } of sittings.broken) played.delete(seed);
  const sums = { ...sittings.sums, seeds: played.size, failed: 0 };
  return [{ code: found.code, why: found.why, seeds: played.size, played, sums }];
}

function sittingsIn(path: string): Sittings[] {
  if (!existsSync(path)) return [];
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Sittings[];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`--record ${path} is no record of seeds, and is left as it is: ${why}`, { cause: error });
  }
}

function inWords({ show, profile, lives, guards, address }: Way): string {
  const where = address === undefined ? [] : ['in real time'];
  return [show, profile, `${lives} lives`, ...(guards ? ['guards'] : []), ...where].join(', ');
}
