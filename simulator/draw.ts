import { createHash } from 'node:crypto';

/** A number from 0 up to 1 that depends on nothing but the words given: the same seed always draws the same. */
export function draw(...words: (string | number)[]): number {
  const digest = createHash('sha256').update(words.join('\u0000')).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}

/** One of the items, drawn like `draw`. */
export function pick<T>(items: readonly [T, ...T[]], ...words: (string | number)[]): T {
  return items[Math.floor(draw(...words) * items.length)] ?? items[0];
}

/** An id such as `lsd_3f9c…`. */
export function id(prefix: string, ...words: (string | number)[]): string {
  return `${prefix}_${createHash('sha256').update(words.join('\u0000')).digest('hex').slice(0, 16)}`;
}
