import { condition } from '@temporalio/workflow';
import type { DeliveriesSeen } from '../activities/read-deliveries.js';
import type { Delivery } from '../domain/contract.js';
import { formatDuration } from '../domain/duration.js';
import { announce } from './announce.js';
import type { LeaseRun } from './lease-run.js';
import { asides } from './steps.js';

/** Texts that one activity asks about, each by a call of its own. */
const ASKED_AT_ONCE = 20;

/** The vendor named its id of a text: a webhook may have reported the delivery before that. */
export function noteEarlyDelivery(run: LeaseRun, messageId: string): void {
  const delivery = run.messages.takeEarly(messageId);
  if (delivery) noteDelivery(run, messageId, delivery);
}

/** Waits until somebody tells whether this text, by the vendor's id of it, has arrived. */
export function expectDelivery(run: LeaseRun, messageId: string): void {
  for (const oldest of run.deliveries.expect(messageId, Date.now())) noteDelivery(run, oldest, 'unknown');
}

/** Somebody told what became of a text; nobody needs to be asked about it any more. */
export function noteDelivery(run: LeaseRun, messageId: string, delivery: Delivery): void {
  run.deliveries.forget(messageId);
  const message = run.messages.delivered(messageId, delivery);
  if (message) announce(run, { type: 'message.delivery', messageId, delivery, message: message.id });
}

/** Polls the vendor for deliveries that no webhook reported, beside everything else that the lease does. */
export async function watchDeliveries(run: LeaseRun): Promise<void> {
  const isOver = () => run.handingOver || run.memory.phase === 'done';
  while (!isOver()) {
    const { next } = run.deliveries;
    if (next === undefined) {
      await condition(() => run.deliveries.next !== undefined || isOver());
      continue;
    }
    const left = next - Date.now();
    const isSooner = () => (run.deliveries.next ?? next) < next;
    // A timer whose text is known meanwhile goes on: to set it anew at each webhook would cost more.
    if (left <= 0) await look(run, run.deliveries.due(Date.now()));
    else await condition(() => isSooner() || isOver(), left, { summary: summary(left) });
  }
}

function summary(left: number): string {
  return `asking whether texts arrived, where no webhook told (${formatDuration(left)})`;
}

/** Before the run closes: what is not known now stays unknown. */
export async function lookLast(run: LeaseRun): Promise<void> {
  for (let due = run.deliveries.due(); due.length > 0; due = run.deliveries.due()) {
    stayUnknown(run, await look(run, due));
  }
}

/**
 * Asks about the first of these texts. Where the vendor does not answer, it is not asked about the others either.
 * @returns those that were looked at, or left out for that reason
 */
async function look(run: LeaseRun, due: string[]): Promise<string[]> {
  const messageIds = due.slice(0, ASKED_AT_ONCE);
  const asked = { messageIds, account: run.memory.account };
  const options = { summary: 'did the texts arrive?' };
  const seen: DeliveriesSeen = await asides.readDeliveries
    .executeWithOptions(options, [asked])
    .catch(() => ({ answered: false, known: [] }));
  for (const { messageId, delivery } of seen.known) {
    if (run.deliveries.has(messageId)) noteDelivery(run, messageId, delivery);
  }
  const looked = seen.answered ? messageIds : due;
  stayUnknown(run, run.deliveries.looked(looked, Date.now()));
  return looked;
}

/** Those that somebody has told of meanwhile are known. */
function stayUnknown(run: LeaseRun, messageIds: string[]): void {
  for (const messageId of messageIds) {
    if (run.deliveries.has(messageId)) noteDelivery(run, messageId, 'unknown');
  }
}
