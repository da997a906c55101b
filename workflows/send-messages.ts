import { condition } from '@temporalio/workflow';
import type { TextOutcome } from '../activities/send-text.js';
import type { Message } from '../domain/contract.js';
import type { CallFacts } from '../domain/outcome.js';
import type { LeaseRun } from './lease-run.js';
import { isHistoryLong } from './long-history.js';
import { optOutOf } from './opt-outs.js';
import { outcomeOfLoss, reads, spends } from './steps.js';
import { doubtText, noteVendorTime, settleSent, settleText } from './text-doubts.js';
import { inTrace } from './trace.js';
import { inWords, needsPeople, Tries } from './until-answered.js';

/** Texts that may be in doubt at a time: more mean an outage, in which no other text is sent. */
const MAX_DOUBTS = 20;
/** The same with those that the vendor refused for good, which are no sign of an outage. */
const MAX_SETTLING = 100;
/** After so many failures in a row the other texts wait too. */
const MAX_FAILURES = 3;

/** Sends the texts of a lease, one at a time. A text in doubt holds up those to its recipient, and no others. */
export class TextSender {
  /** Failed attempts in a row, whatever the texts. */
  private tries = new Tries();
  private readonly settling = new Map<string, Promise<void>>();
  private isStopping = false;

  constructor(private readonly run: LeaseRun) {}

  /** Sends the first text that may be sent now, or waits until there is one. Returns early when the lease ends. */
  async sendNext(): Promise<void> {
    const { run } = this;
    const message = this.nextMessage();
    const hasToAct = () =>
      run.isEnding() || isHistoryLong() || run.memory.queue.length === 0 || this.nextMessage() !== undefined;
    if (!message) await condition(hasToAct);
    else if (this.needsLookUp(message)) doubtText(run, message, 'it may have been sent before');
    else await this.sendInTurn(message);
  }

  /** Returns when no text is in doubt any more, or where the run goes on in a new one, when no read is under way. */
  async stop(): Promise<void> {
    const { memory, messages } = this.run;
    this.isStopping = isHistoryLong() && memory.ending === undefined;
    if (!this.isStopping) messages.refuseQueued();
    this.settleDoubts();
    await Promise.all(this.settling.values());
  }

  /** The first text in the queue whose recipient no doubt holds up. */
  private nextMessage(): Message | undefined {
    const { queue, doubts } = this.run.memory;
    const open = doubts.filter(({ until }) => until !== undefined);
    if (open.length >= MAX_SETTLING || open.filter(({ isFinal }) => !isFinal).length >= MAX_DOUBTS)
      return undefined;
    const ids = new Set(open.map(({ id }) => id));
    const heldUp = new Set(queue.filter(({ id }) => ids.has(id)).map(({ to }) => to));
    return queue.find(({ to }) => !heldUp.has(to));
  }

  /** The history was taken back, and no read has shown since that this text was not sent before. */
  private needsLookUp({ id }: Message): boolean {
    const { historyDoubt, doubts } = this.run.memory;
    return historyDoubt !== undefined && !doubts.some((doubt) => doubt.id === id);
  }

  /** Begins to settle each text that is in doubt, beside everything else that the lease does. */
  settleDoubts(): void {
    for (const doubt of this.run.memory.doubts) {
      if (doubt.until === undefined || this.settling.has(doubt.id)) continue;
      const settled = settleText(this.run, doubt, () => this.isStopping);
      this.settling.set(
        doubt.id,
        settled.finally(() => this.settling.delete(doubt.id)),
      );
    }
  }

  private async sendInTurn(message: Message): Promise<void> {
    const { run } = this;
    await keepPace(run);
    if (run.isEnding()) return;
    const optedOut = optOutOf(run.memory, message);
    if (optedOut) run.messages.settle(message.id, { outcome: 'refused', failure: optedOut });
    else await this.send(message);
  }

  private async send(message: Message): Promise<void> {
    const { run } = this;
    const notBefore = run.memory.vendorTime;
    const outcome = await callSend(run, message);
    if (outcome.outcome === 'confirmed') {
      this.tries = new Tries();
      run.calm('api');
      noteVendorTime(run, outcome.vendorTime);
      run.memory.account = outcome.value.account;
      settleSent(run, message, outcome.value.messageId);
      return;
    }
    const { call } = outcome;
    if (outcome.outcome === 'refused' && outcome.reset !== undefined) {
      run.doubtHistory('the history was reset', outcome.reset);
      return;
    }
    const isRefused = outcome.outcome === 'refused';
    const isFinal = isRefused && (await isAboutText(run, call));
    if (!call.neverSent) doubtText(run, message, inWords(call), { call, isRefused, isFinal, notBefore });
    if (!isFinal) await this.backOff(call);
  }

  /** What is no fault of this text holds up the others too. */
  private async backOff(call: CallFacts): Promise<void> {
    const { run, tries } = this;
    this.settleDoubts();
    tries.count(call);
    if (tries.areTrouble(call) || needsPeople(call)) run.attention('api', inWords(call));
    if (needsPeople(call) && this.settling.size > 0)
      await condition(() => run.isEnding() || isHistoryLong() || this.settling.size === 0);
    else if (call.neverSent || call.status === 429 || tries.areTrouble(call, MAX_FAILURES))
      await run.wait(tries.waitMs(call), `sending again, ${inWords(call)}`, () => run.isEnding());
  }
}

async function callSend(run: LeaseRun, { id, to, message }: Message): Promise<TextOutcome> {
  const { number: from, memory, knownRunId, lease } = run;
  const args = { from, to, message, account: memory.account, leaseId: lease.leaseId, knownRunId };
  try {
    const options = { summary: `send message ${id}` };
    return await inTrace(run.traces.get(id), () => spends.sendText.executeWithOptions(options, [args]));
  } catch (error) {
    return outcomeOfLoss(error, 'POST /send/text');
  }
}

/** Whether a refusal is about the text and not about the account: a limit or a missing permission passes. */
async function isAboutText(run: LeaseRun, { neverSent, status }: CallFacts): Promise<boolean> {
  if (neverSent || status === 429 || status === 401) return false;
  return status !== 403 || !(await isShutOut(run));
}

/** Then the number itself may not be read either. */
async function isShutOut({ number, memory }: LeaseRun): Promise<boolean> {
  const seen = await reads.readNumber({ number, account: memory.account }).catch(() => undefined);
  return seen !== undefined && !seen.answered && needsPeople(seen.call);
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
