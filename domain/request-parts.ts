import { z } from 'zod';
import { DURATION_HINT, formatDuration, parseDuration } from './duration.js';
import { E164, E164_HINT, isPhoneNumber } from './phone-number.js';

/**
 * What the checks of requests are made of. Not for workflow code: it brings zod along.
 * `meta` says in JSON Schema what a check of our own looks for: the gateway's OpenAPI document is made from these schemas.
 */
export const SECOND_MS = 1_000;
export const HOUR_MS = 3_600_000;

/** An object that names the fields it knows when it is given another one. */
export function fields<Shape extends z.core.$ZodShape>(shape: Shape) {
  const known = Object.keys(shape).join(', ');
  return z.strictObject(shape, {
    error: ({ code }) =>
      code === 'unrecognized_keys' ? `is not a known field (known are: ${known})` : 'must be an object',
  });
}

export const text = (longest: number, must = `must be a text of 1 to ${longest} characters`) =>
  z
    .custom<string>(
      (value) => typeof value === 'string' && value.trim() !== '' && value.length <= longest,
      must,
    )
    .meta({ type: 'string', minLength: 1, maxLength: longest });

export const oneLine = (longest: number) =>
  z
    .custom<string>(
      (value) =>
        typeof value === 'string' && /\S/.test(value) && value.length <= longest && !/\p{Cc}/u.test(value),
      `must be a text of 1 to ${longest} characters without control characters`,
    )
    .meta({ type: 'string', minLength: 1, maxLength: longest });

export const phoneNumber = z
  .custom<string>(isPhoneNumber, `must be ${E164_HINT}`)
  .meta({ type: 'string', pattern: E164.source, examples: ['+14155550123'] });

export const choice = <const T extends string>(values: readonly T[]) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

export const amount = z
  .number({ error: 'must be a number' })
  .min(0, 'must be 0 or more')
  .max(1e9, 'must be at most 1000000000');

export const numberWithin = (from: number, to: number, must = `must be a number from ${from} to ${to}`) =>
  z
    .custom<number>((value) => typeof value === 'number' && value >= from && value <= to, must)
    .meta({ type: 'number', minimum: from, maximum: to });

export const duration = z
  .custom<string>((value) => parseDuration(value) !== undefined, `must be ${DURATION_HINT}`)
  .meta({ type: 'string', examples: ['90s', '15m', '30 days'] });

export const durationWithin = (shortestMs: number, longestMs: number) =>
  z
    .custom<string>(
      (value) => {
        const milliseconds = parseDuration(value);
        return milliseconds !== undefined && milliseconds >= shortestMs && milliseconds <= longestMs;
      },
      `must be a duration from ${formatDuration(shortestMs)} to ${formatDuration(longestMs)}, such as "30s"`,
    )
    .meta({
      type: 'string',
      examples: ['30s'],
      description: `From ${formatDuration(shortestMs)} to ${formatDuration(longestMs)}.`,
    });

export const wholeNumberWithin = (from: number, to: number) =>
  z
    .custom<number>(
      (value) => Number.isInteger(value) && Number(value) >= from && Number(value) <= to,
      `must be a whole number from ${from} to ${to}`,
    )
    .meta({ type: 'integer', minimum: from, maximum: to });

export const truth = z.boolean({ error: 'must be true or false' });

export const list = <Item extends z.ZodType>(item: Item, what: string, most: number) =>
  z
    .array(item, { error: `must be a list of ${what}` })
    .max(most, `must be a list of at most ${most} ${what}`);
