import { proxyActivities, sleep } from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import { failure, type Failure } from '../domain/failures.js';
import type { CallFacts, Read } from '../domain/outcome.js';
import { asError } from './checks.js';
import { inWords, waitAfter } from './until-answered.js';

/** Steps that go through many numbers. They may run again at any point, and say by heartbeats that they go on. */
export const accountSteps = proxyActivities<Activities>({
  startToCloseTimeout: '15m',
  heartbeatTimeout: '60s',
  retry: { initialInterval: '1s', maximumAttempts: 5 },
});

/** Tries until it gives up: nothing is at stake, and somebody waits for the answer. About two minutes in all. */
const TRIES = 8;

/** The answer of a read of the account; throws the failure that ends the request where there is none. */
export async function answerOf<T>(what: string, read: () => Promise<Read<T>>): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    const seen = await read();
    if (seen.answered) return seen.value;
    const final = finalFailure(what, seen.call, tried);
    if (final) throw asError(final);
    await sleep(waitAfter(tried, seen.call), { summary: `${what} again: ${inWords(seen.call)}` });
  }
}

/** A key that is wrong does not come right by waiting. */
export function finalFailure(what: string, call: CallFacts, tried: number): Failure | undefined {
  const why = `${what}: ${inWords(call)}`;
  if (call.status === 401) return failure('Unauthorized', why);
  if (call.status === 403) {
    const { agreementUrl } = call;
    return failure('AccountRestricted', why, agreementUrl === undefined ? {} : { agreementUrl });
  }
  return tried >= TRIES ? failure('UnexpectedResponse', why) : undefined;
}
