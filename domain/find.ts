/** Which numbers fit, which of them first, and how searches of the same moment keep out of each other's way. */
import type { Criteria } from './contract.js';
import { overLimit, type Limits } from './money.js';
import { isLeasable, type NumberRecord } from './number-record.js';
import type { PhoneNumber } from './phone-number.js';

/** Calling codes are prefix-free: these have one or two digits, every other one has three. */
const SHORT_CALLING_CODE = /^(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58])/;

/** Of how many equally good numbers a search may start with any. */
const SPREAD_WIDTH = 32;
/** And for each one that another search has just gone for, so many: those of one moment do not know of each other. */
const SPREAD_FOR_EACH = 4;
/** Where prices differ, the few cheapest are spread over all the same while they cost nearly the same. */
const SPREAD_FEW = 4;
const NEARLY_THE_SAME_PRICE = 1.1;

/** Whether a number meets every criterion that is given. Its status and its price are not looked at: see `rank`. */
export function matches(record: NumberRecord, criteria: Criteria): boolean {
  const { country, region, city, areaCode, channels, carrier, minReputation, intlSms } = criteria;
  return (
    sameWord(country, record.location.country) &&
    sameWord(region, record.location.region) &&
    sameWord(city, record.location.city) &&
    sameWord(carrier, record.carrier) &&
    (areaCode === undefined || nationalNumber(record.number).startsWith(areaCode)) &&
    (channels ?? []).every((channel) => record.channels.includes(channel)) &&
    record.reputation >= (minReputation ?? 0) &&
    (intlSms !== true || record.intlSms) &&
    requirementsMet(record, criteria)
  );
}

/**
 * The leasable numbers that fit and are within the limits, best first: cheapest (upfront fee plus one month),
 * then the better reputation, fewer previous owners, and the number itself, so that the order is always the same.
 * Numbers with requirements come after all others unless the criteria say which are met: an account that lacks one is
 * refused. Amounts of two currencies cannot be compared: the limits' currency comes first, else USD; no price comes last.
 */
export function rank(records: NumberRecord[], criteria: Criteria, limits?: Limits): NumberRecord[] {
  const currency = limits?.currency ?? 'USD';
  return records
    .filter((record) => isLeasable(record) && matches(record, criteria) && !overLimit(record.pricing, limits))
    .sort(
      (a, b) =>
        Number(mayBeRefused(a, criteria)) - Number(mayBeRefused(b, criteria)) ||
        currencyRank(a, currency) - currencyRank(b, currency) ||
        compareText(a.pricing?.currency ?? '', b.pricing?.currency ?? '') ||
        price(a) - price(b) ||
        b.reputation - a.reputation ||
        a.previousOwners - b.previousOwners ||
        compareText(a.number, b.number),
    );
}

/**
 * Shuffles the head of a ranked list, the same way for the same seed, so that searches of one moment start with
 * different numbers. The head is what is as good as the best: the same price and the same band of reputation, at
 * most 32 numbers, or more where more searches are under way. Where that leaves fewer than 4, the next ones join up to
 * 4 while they cost at most a tenth more and stand in the same band. A number that is dearer than that never comes
 * before a cheaper one.
 */
export function spread(ranked: NumberRecord[], seed: string, underWay = 0): NumberRecord[] {
  const width = headWidth(ranked, Math.max(SPREAD_WIDTH, underWay * SPREAD_FOR_EACH));
  return [...shuffled(ranked.slice(0, width), seed), ...ranked.slice(width)];
}

/** The digits after the country's calling code. */
export function nationalNumber(number: PhoneNumber): string {
  const digits = number.slice(1);
  return digits.slice(SHORT_CALLING_CODE.exec(digits)?.[0].length ?? 3);
}

function sameWord(wanted: string | undefined, is: string): boolean {
  return wanted === undefined || wanted.trim().toLowerCase() === is.trim().toLowerCase();
}

function requirementsMet(record: NumberRecord, { allowRequirements }: Criteria): boolean {
  return record.requirements.every((requirement) => allowRequirements?.includes(requirement) ?? true);
}

function needsMore({ requirements }: NumberRecord): boolean {
  return requirements.length > 0;
}

function mayBeRefused(record: NumberRecord, { allowRequirements }: Criteria): boolean {
  return allowRequirements === undefined && needsMore(record);
}

function currencyRank({ pricing }: NumberRecord, preferred: string): number {
  if (!pricing) return 2;
  return pricing.currency === preferred ? 0 : 1;
}

/** Upfront fee and one month, in whole cents: sums of decimals would tell equal prices apart. 0 where unknown. */
function price({ pricing }: NumberRecord): number {
  return pricing ? Math.round((pricing.upfrontFee + pricing.monthlyRate) * 100) : 0;
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function headWidth(ranked: NumberRecord[], widest: number): number {
  const best = ranked[0];
  if (!best) return 0;
  const different = ranked.findIndex((record) => !isNear(record, best, 1));
  const equal = different < 0 ? ranked.length : different;
  if (equal >= SPREAD_FEW) return Math.min(equal, widest);
  const few = ranked.slice(0, SPREAD_FEW);
  const dearer = few.findIndex((record) => !isNear(record, best, NEARLY_THE_SAME_PRICE));
  return dearer < 0 ? few.length : dearer;
}

function isNear(record: NumberRecord, best: NumberRecord, factor: number): boolean {
  return (
    needsMore(record) === needsMore(best) &&
    record.pricing?.currency === best.pricing?.currency &&
    price(record) <= price(best) * factor &&
    reputationBand(record.reputation) === reputationBand(best.reputation)
  );
}

/** The vendor's own bands: above 0.80 is fine for everything, below 0.70 is for unimportant traffic. */
function reputationBand(reputation: number): number {
  if (reputation > 0.8) return 2;
  return reputation >= 0.7 ? 1 : 0;
}

/** Fisher and Yates' shuffle. */
function shuffled<T>(items: T[], seed: string): T[] {
  const random = randomFrom(seed);
  const left = [...items];
  return items.flatMap(() => left.splice(Math.floor(random() * left.length), 1));
}

/** A small generator (mulberry32, seeded by FNV-1a) instead of `Math.random`: one seed, one order. */
function randomFrom(seed: string): () => number {
  let state = 0x811c9dc5;
  for (const character of seed) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
