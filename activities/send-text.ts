import type { SendText, TextSent } from '../contiguity/index.js';
import type { LeaseAccount } from '../domain/lease-input.js';
import type { Outcome } from '../domain/outcome.js';
import { atOtherApi } from './account.js';
import { outcomeOf } from './answers.js';
import type { Shared } from './deps.js';

/** `POST /send/text`, one attempt. Refused without a call where the worker talks to another API than leased the number. */
export function sendTextActivity({ api }: Shared) {
  return async (text: SendText & { account: LeaseAccount }): Promise<Outcome<TextSent>> => {
    const { account, from, to, message } = text;
    const elsewhere = atOtherApi(api.account, account);
    if (elsewhere) return { outcome: 'refused', call: elsewhere.call };
    return outcomeOf(api.text.send({ from, to, message }), ({ messageId }) => ({ messageId }));
  };
}
