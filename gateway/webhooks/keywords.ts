/** The words that carriers and the CTIA's guidelines take for an opt-out, and for taking it back. */
const OUT = new Set(['stop', 'stopall', 'unsubscribe', 'cancel', 'end', 'quit', 'optout', 'revoke']);
const IN = new Set(['start', 'unstop', 'optin', 'subscribe', 'yes']);

/** Whether a text is nothing but such a word: a sentence with "stop" in it is none. */
export function keywordOf(text: string): 'stop' | 'start' | undefined {
  const word = text
    .trim()
    .toLowerCase()
    .replace(/^["'“‘]+|["'”’.!]+$/g, '')
    .replace(/[\s-]/g, '');
  if (OUT.has(word)) return 'stop';
  return IN.has(word) ? 'start' : undefined;
}
