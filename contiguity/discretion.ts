/** What the product never repeats, whatever the vendor echoes. */
export interface Confidential {
  apiKey: string;
  recipient?: string;
  text?: string;
}

const HIDDEN = '***';
/** Vendors like to show the start of a wrong key: that, too, is hidden. */
const LOOKS_LIKE_A_KEY = /contiguity_[a-z]+_[\w-]+/gi;
const LOOKS_LIKE_A_NUMBER = /\(?\+?\d[\d\s().-]{4,}\d/g;
/** So much of a text in a row is a quotation; common words in a row are shorter. */
const QUOTATION = 20;
/** A shorter word tells nothing, and hiding it would garble every other one. */
const WORD_AT_LEAST = 4;
/** More is not even looked at. */
const READ_AT_MOST = 4_000;

/** Foreign words as one line of at most `atMost` characters, fit for logs and histories: no key, no recipient, no text. */
export function discreet(words: string, confidential: Confidential, atMost: number): string {
  const { apiKey, recipient, text } = confidential;
  let line = oneLine(words.slice(0, READ_AT_MOST)).replaceAll(LOOKS_LIKE_A_KEY, HIDDEN);
  line = without(line, apiKey);
  if (recipient !== undefined) line = withoutNumber(line, recipient);
  if (text !== undefined) line = without(line, oneLine(text));
  if (text !== undefined && quotes(line, oneLine(text))) return 'the answer quotes the text and is left out';
  return line.slice(0, atMost);
}

function without(line: string, word: string): string {
  return word.length < WORD_AT_LEAST ? line : line.replaceAll(word, HIDDEN);
}

/** A number is hidden in every dress: with country code, trunk prefix, spaces and brackets or without. */
function withoutNumber(line: string, number: string): string {
  const hidden = digitsOf(number);
  return line.replaceAll(LOOKS_LIKE_A_NUMBER, (like) => {
    const digits = digitsOf(like);
    return hidden.endsWith(digits) || digits.includes(hidden) ? HIDDEN : like;
  });
}

function digitsOf(number: string): string {
  return number.replaceAll(/\D/g, '').replace(/^0+/, '');
}

/** A part of the text, or the text in other letters. */
function quotes(line: string, text: string): boolean {
  if (text.length < WORD_AT_LEAST) return false;
  const [within, quoted] = [line.toLowerCase(), text.toLowerCase()];
  const length = Math.min(QUOTATION, quoted.length);
  for (let start = 0; start + length <= quoted.length; start++) {
    if (within.includes(quoted.slice(start, start + length))) return true;
  }
  return false;
}

function oneLine(text: string): string {
  return text.replaceAll(/[\s\p{Cc}]+/gu, ' ').trim();
}
