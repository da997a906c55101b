/**
 * The same business as the product's, in the way that Temporal's public samples teach: regular activities with the
 * default retry policy, a saga and a timer loop. It is what the product is measured against, and is as good as it
 * can be without asking what became of a call whose answer was lost.
 */
import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  proxyActivities,
  setHandler,
  sleep,
  Trigger,
} from '@temporalio/workflow';
import type { Message } from '../../domain/contract.js';
import { parseDuration } from '../../domain/duration.js';
import type { TextbookActivities, TextbookLease, TextbookRequest } from './activities.js';

const { findNumber, leaseNumber, verifyLease, sendText, terminateLease, isReleased } =
  proxyActivities<TextbookActivities>({ startToCloseTimeout: '30 seconds' });

/** `lease/…` is the product's. */
export const textbookId = (reference: string): string => `textbook/${reference}`;

export const sendSignal = defineSignal<[Message]>('send');
export const terminateSignal = defineSignal('terminate');
/** The number that the run believes it holds or held. */
export const leaseQuery = defineQuery<TextbookLease | undefined>('lease');
/** Answered when the number can be used. */
export const usableUpdate = defineUpdate<TextbookLease>('usable');

interface Orders {
  outbox: Message[];
  terminate: boolean;
}

/** One number's life: lease, verify, send, terminate, poll for the release. Ends when the number is released. */
export async function textbookLease(request: TextbookRequest): Promise<TextbookLease> {
  const orders: Orders = { outbox: [...(request.messages ?? [])], terminate: false };
  const usable = new Trigger<TextbookLease>();
  let held: TextbookLease | undefined;
  setHandler(sendSignal, (message) => void orders.outbox.push(message));
  setHandler(terminateSignal, () => void (orders.terminate = true));
  setHandler(leaseQuery, () => held);
  setHandler(usableUpdate, async () => await usable);

  const lease = (held = await leaseAny(request));
  try {
    await verifyLease(lease);
    usable.resolve(lease);
    await serve(lease, request, orders);
  } finally {
    // the end of a good life is the compensation of a bad one: when a step fails or the run is cancelled
    await CancellationScope.nonCancellable(() => giveBack(lease));
  }
  return lease;
}

/** The number that is asked for, or the first one of those that fit that the vendor does not refuse. */
async function leaseAny(request: TextbookRequest): Promise<TextbookLease> {
  const tried: string[] = [];
  for (;;) {
    const number = request.number ?? (await findNumber(request, tried));
    try {
      return await leaseNumber(number);
    } catch (error) {
      if (request.number !== undefined || !isTaken(error)) throw error;
      tried.push(number);
    }
  }
}

/** Refused, and not because the key is. */
function isTaken(error: unknown): boolean {
  if (!(error instanceof ActivityFailure)) return false;
  return error.cause instanceof ApplicationFailure && error.cause.type !== 'HTTP 401';
}

/** Sends what is asked for until the lease shall end. */
async function serve({ number }: TextbookLease, request: TextbookRequest, orders: Orders): Promise<void> {
  const term = parseDuration(request.term);
  const expiresAt = term === undefined ? undefined : Date.now() + term;
  const hasOrders = () => orders.terminate || orders.outbox.length > 0;
  while (!orders.terminate) {
    const next = orders.outbox.shift();
    if (next) await sendText({ from: number, to: next.to, message: next.message });
    else if (request.terminateAfterMessages === true) return;
    else if (expiresAt === undefined) await condition(hasOrders);
    else if (!(await condition(hasOrders, Math.max(1, expiresAt - Date.now())))) return;
  }
}

async function giveBack(lease: TextbookLease): Promise<void> {
  await terminateLease(lease);
  while (!(await isReleased(lease))) await sleep('30 seconds');
}
