import { Temporal } from 'temporal-polyfill';
import { PERIOD_END, parseUntil } from './deadline.js';

/** Why a wall-clock time names no instant. */
export interface NoInstant {
  must: string;
}

/**
 * Epoch milliseconds of an `until`; undefined where it names no instant by itself (the end of the billing period, or
 * nothing that can be read). A time that a clock change skips is moved on by the gap, one that happens twice is the
 * earlier: RFC 9557 and JavaScript's `Temporal` call it "compatible".
 *
 * Not for workflow code: the rules of zones come with the Node version, so the same run could see two answers.
 */
export function instantOf(until: string | undefined): number | NoInstant | undefined {
  if (until === undefined || until === PERIOD_END) return undefined;
  const deadline = parseUntil(until);
  if (!deadline || 'periodEnd' in deadline) return undefined;
  return 'at' in deadline ? deadline.at : zonedInstant(deadline.zoned);
}

function zonedInstant(text: string): number | NoInstant {
  const zone = /\[(.*)\]$/.exec(text)?.[1] ?? '';
  if (!isKnown(zone)) return { must: 'must name a time zone of the IANA database, such as [Europe/Berlin]' };
  try {
    return Temporal.ZonedDateTime.from(text, { disambiguation: 'compatible', offset: 'reject' })
      .epochMilliseconds;
  } catch {
    return { must: 'must be a date and time that exist, with the offset (if any) that its zone has then' };
  }
}

function isKnown(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
