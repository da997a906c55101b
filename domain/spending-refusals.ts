import { failure, type Failure, type LimitReached } from './failures.js';
import { formatMoney } from './money.js';
import { ACCOUNT, type Posting } from './spending.js';

const nameOf = (scope: string): string => (scope === ACCOUNT ? 'the account' : `label ${scope}`);

/** Another number may fit: the search goes on, which is why it names no limit that is reached. */
export function otherPrice({ number, price }: Posting, scope: string, currency: string): Failure {
  const why = price ? `it is priced in ${price.currency}` : 'its price is unknown';
  return failure(
    'LimitExceeded',
    `${number} is not taken: ${why}, the limits of ${nameOf(scope)} are in ${currency}`,
  );
}

export function exceeded({ number }: Posting, reached: LimitReached): Failure {
  return failure('LimitExceeded', `${number} is not taken: ${inWords(reached)}`, { limit: reached });
}

function inWords({ scope, kind, used, asked, most, currency = '' }: LimitReached): string {
  const name = nameOf(scope);
  if (kind === 'leases') return `${name} holds ${used} leases, and at most ${most} are allowed`;
  const [spent, more, limit] = [used, asked, most].map((amount) => formatMoney(amount, currency));
  if (kind === 'monthly')
    return `${name} pays ${spent} a month, ${more} more would be over the limit of ${limit}`;
  return `${name} has spent ${spent} on upfront fees lately, ${more} more would be over the limit of ${limit}`;
}

export function isOver({ number, runId }: Posting): Failure {
  return failure(
    'NumberUnavailable',
    `${number}: run ${runId} has given back its room in the limits already`,
  );
}
