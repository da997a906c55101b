import { condition, defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { AcquireAnswer, AcquireArgs } from '../activities/acquire-number.js';
import {
  NAMES,
  type DeliveryReport,
  type LeaseStatus,
  type Message,
  type MessageRecord,
  type OptOutReport,
  type SendAnswer,
  type Substitution,
} from '../domain/contract.js';
import { failure } from '../domain/failures.js';
import { WAKE } from '../domain/lease-input.js';
import { isPhoneNumber } from '../domain/phone-number.js';
import { asError, busy, checkMessage, checkOpen } from './checks.js';
import { noteDelivery } from './deliveries.js';
import { listenForEnd } from './end-handlers.js';
import { handleQuery, handleSignal, handleUpdate } from './handlers.js';
import { tellOfSubstitution } from './health.js';
import type { LeaseRun } from './lease-run.js';
import { noteOptOut, optOutOf } from './opt-outs.js';
import { listenForPlans } from './plan-end.js';
import { listenForResolve } from './resolve.js';
import { askersTrace } from './trace.js';

const statusQuery = defineQuery<LeaseStatus>(NAMES.status);
const acquireUpdate = defineUpdate<AcquireAnswer, [AcquireArgs]>(NAMES.acquire);
const wakeSignal = defineSignal(WAKE);
const sendUpdate = defineUpdate<SendAnswer, [Message]>(NAMES.send);
const deliveryReportedSignal = defineSignal<[DeliveryReport]>(NAMES.deliveryReported);
const optOutReportedSignal = defineSignal<[OptOutReport]>(NAMES.optOutReported);
const numberSubstitutedSignal = defineSignal<[Substitution]>(NAMES.numberSubstituted);

/** Temporal lets 10 updates of a run be in flight; two places are left for extend and terminate. */
const SENDS_AT_ONCE = 8;

/** What a log entry takes of a foreign error message. */
const MAX_WHY = 300;

/** Answers everything that is asked of a lease, from its first workflow task to its last. */
export function listen(run: LeaseRun): void {
  let sending = 0;
  handleQuery(statusQuery, () => run.status());
  handleUpdate(
    acquireUpdate,
    (args) => acquire(run, args),
    (args) => checkOwner(run, args),
  );
  handleUpdate(
    sendUpdate,
    async (message) => {
      sending += 1;
      try {
        return await send(run, message);
      } finally {
        sending -= 1;
      }
    },
    (message) => checkSend(run, message, sending),
  );
  const dropped = (why: string): void => run.note(why.slice(0, MAX_WHY));
  handleSignal(wakeSignal, () => void (run.isWoken = true));
  listenForEnd(run);
  listenForPlans(run);
  listenForResolve(run);
  handleSignal(deliveryReportedSignal, (report) => delivered(run, report), dropped);
  handleSignal(optOutReportedSignal, (report) => optOutReported(run, report), dropped);
  handleSignal(numberSubstitutedSignal, (substitution) => substituted(run, substitution), dropped);
}

/** One actor a number: a provision whose run this is not is refused, and takes its next candidate. */
function checkOwner(run: LeaseRun, { provisionRunId, reference, joins }: AcquireArgs): void {
  if (provisionRunId === run.input.provisionRunId) return;
  if (joins && reference === run.input.reference) return;
  throw asError(failure('NumberUnavailable', `${run.number} is held for reference ${run.input.reference}`));
}

async function acquire(run: LeaseRun, { provisionRunId, joins }: AcquireArgs): Promise<AcquireAnswer> {
  if (joins && provisionRunId !== run.input.provisionRunId && run.isEnding()) return endedBefore(run);
  await condition(() => run.memory.acquired !== undefined || run.handingOver);
  return run.memory.acquired ?? { outcome: 'pending' };
}

/** An earlier attempt of the reference leased this number, and it is released, or about to be: a later one gets another. */
function endedBefore({ number, memory }: LeaseRun): AcquireAnswer {
  const why = failure('NumberUnavailable', `${number} is being released`);
  return { outcome: 'refused', failure: why, ...(memory.lease && { leased: true }) };
}

function checkSend(run: LeaseRun, message: Message, sending: number): void {
  checkMessage(message);
  const known = run.messages.of(message.id);
  if (known && known.to !== message.to) {
    throw asError(
      failure('MessageRefused', `message id ${message.id} was used for another recipient`, { field: 'id' }),
    );
  }
  if (known && known.outcome !== 'queued') return;
  if (!known) checkRecipient(run, message);
  if (sending >= SENDS_AT_ONCE || run.messages.isFull || run.handingOver) throw asError(busy(run.number));
}

function checkRecipient(run: LeaseRun, message: Message): void {
  checkOpen(run);
  const optedOut = optOutOf(run.memory, message);
  if (optedOut) throw asError(optedOut);
}

/** One id is sent once a lease: asked again, it answers what became of the first. */
async function send(run: LeaseRun, message: Message): Promise<SendAnswer> {
  const { id } = message;
  const record = run.messages.of(id) ?? enqueue(run, message);
  await condition(() => record.outcome !== 'queued' || run.handingOver);
  if (record.outcome === 'queued') throw asError(busy(run.number));
  if (record.outcome === 'refused')
    throw asError(record.failure ?? failure('MessageRefused', `message ${id} was refused`));
  return {
    id,
    outcome: record.outcome,
    ...(record.messageId !== undefined && { messageId: record.messageId }),
  };
}

function enqueue(run: LeaseRun, message: Message): MessageRecord {
  const trace = askersTrace();
  if (trace) run.traces.set(message.id, trace);
  return run.messages.enqueue(message);
}

/** Signals have no validator, and one that throws would stop the run for good: what is no report is left alone. */
function delivered(run: LeaseRun, report: unknown): void {
  const { messageId, delivered: arrived } = fieldsOf(report);
  if (typeof messageId !== 'string') return;
  noteDelivery(run, messageId, arrived === true ? 'confirmed' : 'failed');
}

/** A STOP counts also where its time cannot be read: then no START is surely later. */
function optOutReported(run: LeaseRun, report: unknown): void {
  const { recipient, optedOut, at } = fieldsOf(report);
  if (!isPhoneNumber(recipient) || typeof optedOut !== 'boolean') return;
  const isTimed = typeof at === 'number' && Number.isFinite(at);
  if (!isTimed && !optedOut) return;
  if (!noteOptOut(run.memory, { recipient, optedOut, at: isTimed ? at : Number.MAX_SAFE_INTEGER })) return;
  run.note(optedOut ? 'a recipient said STOP: no more texts to them' : 'a recipient said START again');
}

function substituted(run: LeaseRun, substitution: unknown): void {
  const { usedNumber } = fieldsOf(substitution);
  if (!isPhoneNumber(usedNumber)) return;
  run.memory.substituted = true;
  run.note(`a text left from ${usedNumber} instead of this number`);
  tellOfSubstitution(run);
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
