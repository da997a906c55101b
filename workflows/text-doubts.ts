import type { HistorySeen } from '../activities/read-history.js';
import type { Message } from '../domain/contract.js';
import { failure } from '../domain/failures.js';
import type { TextDoubt } from '../domain/lease-input.js';
import type { Answered, CallFacts } from '../domain/outcome.js';
import { digestOf, type HistoryVerdict } from '../domain/text-history.js';
import { expectDelivery, noteEarlyDelivery } from './deliveries.js';
import type { LeaseRun } from './lease-run.js';
import { reads } from './steps.js';
import { countInDoubt, countSettled } from './telemetry.js';
import { untilAnswered, waitAfter } from './until-answered.js';

/** The first read comes at once, the later ones at doubling waits. */
const FIRST_WAIT_MS = 1_000;
/** Longer than the activity that sends a text can take. */
const LONGEST_SEND_MS = 15_000;
/** The text history shows a text at most so long after it was sent; not more than the settle window of the request. */
const MAX_HISTORY_LAG_MS = 30_000;

interface Attempt {
  call: CallFacts;
  /** The vendor refused the copy of the request that was answered. */
  isRefused: boolean;
  /** The text is not sent again, whatever other copies did. */
  isFinal: boolean;
  /** Latest time of the vendor's before the request left. */
  notBefore: number | undefined;
}

/** Whether a text was sent is not known. It is not sent, nor another one to its recipient, before that is settled. */
export function doubtText(run: LeaseRun, message: Message, why: string, attempt?: Attempt): void {
  const { memory } = run;
  const earlier = memory.doubts.find(({ id }) => id === message.id);
  run.note(`message ${message.id} ${attempt?.isRefused ? 'refused' : 'in doubt'}: ${why}`);
  countInDoubt('send');
  const failures = (earlier?.failures ?? 0) + 1;
  const { notBefore } = earlier ?? memory.historyDoubt ?? attempt ?? {};
  const until = Math.max(attempt ? settlesAt(run) : 0, memory.historyDoubt?.until ?? 0);
  const doubt: TextDoubt = { id: message.id, why, failures, until };
  if (notBefore !== undefined) doubt.notBefore = notBefore;
  if (attempt) {
    const { call, isRefused, isFinal } = attempt;
    Object.assign(doubt, { isRefused, isFinal, retryAt: Date.now() + waitAfter(failures, call) });
  }
  memory.doubts = [...memory.doubts.filter((other) => other !== earlier), doubt];
}

/** The run's history was taken back: each text that is not sent by it may have been sent. */
export function doubtTexts(run: Pick<LeaseRun, 'memory' | 'input'>): void {
  const { memory } = run;
  const until = settlesAt(run) + LONGEST_SEND_MS;
  const notBefore = memory.vendorTime;
  const lastId = memory.messages.at(-1)?.id;
  memory.historyDoubt = {
    until,
    ...(notBefore !== undefined && { notBefore }),
    ...(lastId !== undefined && { lastId }),
  };
  for (const doubt of memory.doubts) Object.assign(doubt, { until, isRefused: false, isFinal: false });
}

/** From then on a read shows what copies of a request did that is answered now: each may act late, and show late. */
function settlesAt({ input }: Pick<LeaseRun, 'input'>): number {
  const { settleWindowMs } = input.terms;
  return Date.now() + settleWindowMs + Math.min(MAX_HISTORY_LAG_MS, settleWindowMs);
}

/**
 * Settles by the vendor's history whether a text was sent. Afterwards it is sent again only where it surely was not.
 * @param isStopping the run goes on in a new one, where it is settled
 */
export async function settleText(run: LeaseRun, doubt: TextDoubt, isStopping: () => boolean): Promise<void> {
  const message = run.memory.queue.find(({ id }) => id === doubt.id);
  if (!message) return;
  const left = () => (doubt.until ?? 0) - Date.now();
  const isOver = () => isStopping() || (run.isEnding() && left() < 0);
  if (doubt.isRefused && left() > 0)
    await run.wait(left(), `reading whether message ${doubt.id} was sent`, isStopping);
  for (let wait = FIRST_WAIT_MS; ; wait *= 2) {
    const isDecisive = left() <= 0;
    const seen = isStopping() ? undefined : await readHistory(run, message, doubt, isOver);
    if (isStopping()) return;
    const { verdict, why } = seen ? judge(run, message, seen.value) : UNREADABLE;
    if (!seen || verdict === 'sent' || isDecisive) {
      if (verdict === 'not sent' && !(await backOff(run, doubt, isStopping))) continue;
      noteVendorTime(run, seen?.vendorTime);
      conclude(run, message, doubt, verdict, why);
      return;
    }
    await run.wait(
      Math.max(1, Math.min(wait, left())),
      `reading whether message ${doubt.id} was sent`,
      isStopping,
    );
  }
}

const UNREADABLE = {
  verdict: 'unknown',
  why: 'its history could not be read before the lease ended',
} as const;

/** Before a text is sent again. False: meanwhile the doubt is a new one, or the run goes on in a new one. */
async function backOff(run: LeaseRun, doubt: TextDoubt, isStopping: () => boolean): Promise<boolean> {
  const { isFinal, retryAt = 0, why } = doubt;
  const isOver = () => isStopping() || run.isEnding();
  const left = retryAt - Date.now();
  if (!isFinal && left > 0) await run.wait(left, `sending message ${doubt.id} again, ${why}`, isOver);
  return !isStopping() && Date.now() >= (doubt.until ?? 0);
}

/** Waits for the history as long as it takes, but holds up the end of a lease only for a time. */
async function readHistory(
  run: LeaseRun,
  text: Message,
  { notBefore }: TextDoubt,
  isOver: () => boolean,
): Promise<Answered<HistorySeen> | undefined> {
  const { number: from, memory, input, lease, messages } = run;
  const { id, to } = text;
  const { freeAt: since } = input.offer;
  const args = {
    id,
    from,
    to,
    digest: digestOf(text.message),
    others: messages.othersTo(text),
    account: memory.account,
    leaseId: lease.leaseId,
    ...(since !== undefined && { since }),
    ...(notBefore !== undefined && { notBefore }),
  };
  const read = () => reads.readHistory.executeWithOptions({ summary: 'was the text sent?' }, [args]);
  const waiter = {
    wait: (milliseconds: number, why: string, until?: () => boolean) => run.wait(milliseconds, why, until),
    attention: (kind: 'api', why: string) => run.attention(kind, why),
    calm: (kind: 'api') => run.calm(kind),
    continueAsNewIfNeeded: () => Promise.resolve(), // the queue's loop does that
  };
  return untilAnswered(waiter, 'reading the text history', read, isOver);
}

function judge(run: LeaseRun, message: Message, seen: HistorySeen): { verdict: HistoryVerdict; why: string } {
  const { verdict } = seen;
  if (verdict === 'sent' && isNewer(run, message))
    return {
      verdict: 'unknown',
      why: 'the text in the history may be one from before the history was taken back',
    };
  if (verdict === 'not sent' && run.memory.substituted)
    return { verdict: 'unknown', why: 'texts may have left from another number' };
  const unknown = seen.isFull
    ? 'the history is longer than the vendor shows'
    : 'the history does not tell it apart';
  return { verdict, why: verdict === 'unknown' ? unknown : `the history shows it as ${verdict}` };
}

/** It was queued only after the history was taken back. */
function isNewer({ memory }: LeaseRun, { id }: Message): boolean {
  const { historyDoubt, messages } = memory;
  if (!historyDoubt) return false;
  const indexOf = (wanted: string | undefined) => messages.findIndex((record) => record.id === wanted);
  return indexOf(id) > indexOf(historyDoubt.lastId);
}

function conclude(
  run: LeaseRun,
  message: Message,
  doubt: TextDoubt,
  verdict: HistoryVerdict,
  why: string,
): void {
  countSettled('send', ({ sent: 'acted', 'not sent': 'not_acted', unknown: 'unknown' } as const)[verdict]);
  if (verdict === 'sent') settleSent(run, message);
  else if (verdict === 'unknown')
    run.messages.settle(message.id, { outcome: 'unknown', failure: failure('UnexpectedResponse', why) });
  else if (doubt.isFinal) settleRefused(run, message, doubt);
  else if (run.isEnding()) run.messages.refuseUnsent(message.id);
  else delete doubt.until; // it may be sent again
}

/** @param vendorTime of the response to a request that left after the last text was sent; absent where it named none */
export function noteVendorTime({ memory }: LeaseRun, vendorTime: number | undefined): void {
  if (vendorTime === undefined) delete memory.vendorTime;
  else memory.vendorTime = Math.max(vendorTime, memory.vendorTime ?? 0);
}

/** @param messageId the vendor's; absent where its response was lost: then nothing tells whether the text arrives */
export function settleSent(
  run: LeaseRun,
  { id, confirmDelivery = false }: Message,
  messageId?: string,
): void {
  run.traces.delete(id);
  if (messageId === undefined) {
    run.messages.settle(id, { outcome: 'sent', ...(confirmDelivery && { delivery: 'unknown' }) });
    return;
  }
  run.messages.settle(id, { outcome: 'sent', messageId });
  if (confirmDelivery) expectDelivery(run, messageId);
  noteEarlyDelivery(run, messageId);
}

function settleRefused(run: LeaseRun, { id }: Message, { why }: TextDoubt): void {
  run.calm('api');
  const refused = failure('MessageRefused', `the vendor refused message ${id}: ${why}`);
  run.messages.settle(id, { outcome: 'refused', failure: refused });
}
