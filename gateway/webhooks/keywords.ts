/** The words that carriers and the CTIA's guidelines take for an opt-out, and for taking it back. */
const OUT = setOf(
  'stop stopall unsubscribe unsub cancel end quit optout revoke arret arreter arretez desabonner',
);
const IN = setOf('start unstop optin subscribe yes');
/** An opt-out that comes with them is one all the same. */
const POLITE = setOf('please pls now thanks thx');
const STOP_SIGNS = /[\u{1F6D1}\u{26D4}\u{1F6AB}]/u;

/**
 * Whether a text is nothing but such a word, in any letters, accents, quotes and punctuation: a sentence with "stop" in it
 * is none. A doubt is an opt-out, and never an opt-in.
 */
export function keywordOf(text: string): 'stop' | 'start' | undefined {
  const words = wordsOf(text);
  if (words.length === 0) return STOP_SIGNS.test(text) ? 'stop' : undefined;
  const plain = words.filter((word) => !POLITE.has(word));
  if (OUT.has(plain.join('')) || (plain.length > 0 && plain.every((word) => OUT.has(word)))) return 'stop';
  return IN.has(words.join('')) ? 'start' : undefined;
}

/** Letters and digits alone, without accents and invisible characters. */
function wordsOf(text: string): string[] {
  const plain = text
    .normalize('NFKC')
    .normalize('NFD')
    .replace(/[\p{M}\p{Cf}]/gu, '');
  return plain.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

function setOf(words: string): Set<string> {
  return new Set(words.split(' '));
}
