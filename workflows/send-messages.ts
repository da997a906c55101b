import type { HistorySeen } from '../activities/read-history.js';
import type { Message } from '../domain/contract.js';
import { failure } from '../domain/failures.js';
import type { CallFacts, Outcome } from '../domain/outcome.js';
import type { LeaseRun } from './lease-run.js';
import { expectDelivery, noteEarlyDelivery } from './deliveries.js';
import { optOutOf } from './opt-outs.js';
import { factsOfLoss, reads, spends } from './steps.js';
import { countInDoubt, countSettled } from './telemetry.js';
import { inTrace } from './trace.js';
import { inWords, needsPeople, Tries, untilAnswered } from './until-answered.js';

/** The first look into the history comes so soon, the later ones at doubling waits within the settle window. */
const FIRST_LOOK_MS = 1_000;

type Attempt = 'settled' | { again: string; call: CallFacts };

/**
 * Sends the queue's first message and settles what became of it. Returns early, unsettled, when the lease ends, and when it had to find out
 * first what an earlier one left behind.
 */
export async function sendNext(run: LeaseRun): Promise<void> {
  const message = run.memory.queue.at(0);
  if (!message) return;
  if (run.memory.givenUpUntil !== undefined) return explainGivenUp(run, message);
  const tries = new Tries();
  while (!run.isEnding()) {
    await keepPace(run);
    if (run.isEnding()) return;
    const optedOut = optOutOf(run.memory, message);
    if (optedOut) {
      run.messages.settle(message.id, { outcome: 'refused', failure: optedOut });
      return;
    }
    const attempt = await trySending(run, message);
    if (attempt === 'settled') {
      run.traces.delete(message.id);
      return;
    }
    tries.count(attempt.call);
    if (tries.areTrouble(attempt.call)) run.attention('api', attempt.again);
    await run.wait(tries.waitMs(attempt.call), `sending again, ${attempt.again}`, () => run.isEnding());
    if (!run.isEnding()) await run.continueAsNewIfNeeded();
  }
}

async function trySending(run: LeaseRun, message: Message): Promise<Attempt> {
  const outcome = await callSend(run, message);
  if (outcome.outcome === 'confirmed') {
    if (outcome.vendorTime === undefined) delete run.memory.explainedUntil;
    else run.memory.explainedUntil = outcome.vendorTime;
    run.calm('api');
    settleSent(run, message, outcome.value.messageId);
    return 'settled';
  }
  return outcome.outcome === 'refused'
    ? refused(run, message, outcome.call)
    : beInDoubt(run, message, outcome.call);
}

/** @param messageId the vendor's; absent where its answer was lost: then nobody can be asked about the text */
function settleSent(run: LeaseRun, { id, confirmDelivery = false }: Message, messageId?: string): void {
  if (messageId === undefined) {
    run.messages.settle(id, { outcome: 'sent', ...(confirmDelivery && { delivery: 'unknown' }) });
    return;
  }
  run.messages.settle(id, { outcome: 'sent', messageId });
  if (confirmDelivery) expectDelivery(run, messageId);
  noteEarlyDelivery(run, messageId);
}

async function callSend(
  run: LeaseRun,
  { id, to, message }: Message,
): Promise<Outcome<{ messageId: string }>> {
  const args = { from: run.number, to, message, account: run.memory.account };
  try {
    const options = { summary: `send message ${id}` };
    return await inTrace(run.traces.get(id), () => spends.sendText.executeWithOptions(options, [args]));
  } catch (error) {
    return { outcome: 'ambiguous', call: factsOfLoss(error, 'POST /send/text') };
  }
}

/** A limit, a lost connection or a revoked key is not the message's fault: it waits. Any other no is final. */
async function refused(run: LeaseRun, message: Message, call: CallFacts): Promise<Attempt> {
  const why = inWords(call);
  if (call.neverSent || call.status === 429) return { again: why, call };
  if (call.status === 401 || (call.status === 403 && (await isShutOut(run)))) {
    run.attention('api', why);
    return { again: why, call };
  }
  run.calm('api');
  run.messages.settle(message.id, {
    outcome: 'refused',
    failure: failure('MessageRefused', `the vendor refused message ${message.id}: ${call.message}`),
  });
  return 'settled';
}

/** Whether a 403 is about the account and not about the message: then the number itself may not be read either. */
async function isShutOut(run: LeaseRun): Promise<boolean> {
  const seen = await reads
    .readNumber({ number: run.number, account: run.memory.account })
    .catch(() => undefined);
  return seen !== undefined && !seen.answered && needsPeople(seen.call);
}

/** The answer was lost: the history of the number tells whether the text went out. Nothing is sent before it has. */
async function beInDoubt(run: LeaseRun, message: Message, call: CallFacts): Promise<Attempt> {
  const why = inWords(call);
  run.note(`message ${message.id} in doubt: ${why}`);
  countInDoubt('send');
  run.memory.inDoubt = { id: message.id, until: Date.now() + run.input.terms.settleWindowMs, why };
  const settled = await settleDoubt(run);
  return settled ? 'settled' : { again: `message ${message.id} did not go out: ${why}`, call };
}

/** Settles the text that is in doubt, if there is one. False: it did not go out, and may be sent again. */
export async function settleDoubt(run: LeaseRun): Promise<boolean> {
  const { memory } = run;
  const { inDoubt } = memory;
  const message = memory.queue.find(({ id }) => id === inDoubt?.id);
  if (!inDoubt || !message) return true;
  const { went, because } = await settleByHistory(run, message, inDoubt.until);
  delete memory.inDoubt;
  countSettled('send', ({ out: 'acted', not: 'not_acted', unknown: 'unknown' } as const)[went]);
  const why = failure('UnexpectedResponse', because);
  if (went === 'out') settleSent(run, message);
  if (went === 'unknown') run.messages.settle(message.id, { outcome: 'unknown', failure: why });
  return went !== 'not';
}

interface Settled {
  went: 'out' | 'not' | 'unknown';
  because: string;
}

async function settleByHistory(run: LeaseRun, { to }: Message, windowEnd: number): Promise<Settled> {
  const { memory } = run;
  if (memory.explainedUntil === undefined)
    return givenUp(run, windowEnd, 'the vendor gave no time to compare its history with');
  for (let wait = FIRST_LOOK_MS; ; wait *= 2) {
    const last = Date.now() > windowEnd;
    const seen = await lookIntoHistory(run, to, memory.explainedUntil, windowEnd);
    if (!seen) return givenUp(run, windowEnd, 'the lease ended while its history could not be read');
    if (seen.later > 0) return explained(run, seen, { went: 'out', because: 'the history shows it' });
    if (last) return explained(run, seen, nothingShown(run, seen));
    const left = windowEnd - Date.now() + 1;
    await run.wait(Math.max(1, Math.min(wait, left)), 'looking into the history for a text in doubt');
  }
}

/** What the text left in the history, or still leaves there until the window ends, is found out before the next one goes. */
function givenUp(run: LeaseRun, windowEnd: number, because: string): Settled {
  run.memory.givenUpUntil = windowEnd;
  return unknown(because);
}

/** A text that was given up may have gone out, and must not be taken for one that goes out after it. */
async function explainGivenUp(run: LeaseRun, { to }: Message): Promise<void> {
  const { memory } = run;
  const left = (memory.givenUpUntil ?? 0) - Date.now();
  if (left >= 0) await run.wait(left + 1, 'waiting for a text in doubt to show', () => run.isEnding());
  if (run.isEnding()) return;
  const seen = await lookIntoHistory(run, to, memory.explainedUntil ?? 0, 0);
  if (!seen) return;
  if (seen.at === undefined) delete memory.explainedUntil;
  else memory.explainedUntil = Math.max(seen.at, memory.explainedUntil ?? 0);
  delete memory.givenUpUntil;
}

/** Waits for the history as long as it takes, but never holds up an ending past the window. */
async function lookIntoHistory(
  run: LeaseRun,
  to: string,
  after: number,
  windowEnd: number,
): Promise<(HistorySeen & { at?: number }) | undefined> {
  const asked = { from: run.number, to, after, account: run.memory.account };
  const read = () => reads.readHistory.executeWithOptions({ summary: 'did the text go out?' }, [asked]);
  const giveUp = () => run.isEnding() && Date.now() > windowEnd;
  const seen = await untilAnswered(run, 'reading the text history', read, giveUp);
  return seen && { ...seen.value, ...(seen.vendorTime !== undefined && { at: seen.vendorTime }) };
}

/** An empty history proves that nothing went out, unless it could not have shown the text. */
function nothingShown(run: LeaseRun, seen: HistorySeen): Settled {
  if (run.memory.substituted) return unknown('texts may have left from another number');
  if (seen.full) return unknown('the history is longer than the vendor shows');
  return { went: 'not', because: 'the history does not show it' };
}

/** What the history showed by now is accounted for: the next doubt looks only at what is later. */
function explained(run: LeaseRun, seen: HistorySeen & { at?: number }, settled: Settled): Settled {
  const until = Math.max(seen.at ?? 0, seen.latest ?? 0, run.memory.explainedUntil ?? 0);
  if (until > 0) run.memory.explainedUntil = until;
  return settled;
}

function unknown(because: string): Settled {
  return { went: 'unknown', because };
}

/** Waits for a token of the bucket: `burst` at once, then `perSecond`. */
async function keepPace(run: LeaseRun): Promise<void> {
  const { perSecond, burst } = run.input.terms.pacing;
  const { pacing } = run.memory;
  refill(pacing, perSecond, burst);
  if (pacing.tokens < 1) {
    const wait = Math.ceil(((1 - pacing.tokens) / perSecond) * 1_000);
    await run.wait(wait, `keeping to ${perSecond} texts a second`, () => run.isEnding());
    refill(pacing, perSecond, burst);
  }
  pacing.tokens = Math.max(0, pacing.tokens - 1);
}

function refill(pacing: { tokens: number; at: number }, perSecond: number, burst: number): void {
  const now = Date.now();
  pacing.tokens = Math.min(burst, pacing.tokens + ((now - pacing.at) / 1_000) * perSecond);
  pacing.at = now;
}
