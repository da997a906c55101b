import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { NAMES, type DeliveryReport, type OptOutReport, type Substitution } from '../../domain/contract.js';
import { leaseId } from '../../domain/ids.js';
import { phoneNumbersOf } from '../../domain/phone-number.js';
import type { VendorEvent } from './events.js';
import { keywordOf } from './keywords.js';

/** `told`: the run that owns the number knows. `unowned`: no open run owns it. `ignored`: nothing is done with its kind. */
export type Received = 'told' | 'unowned' | 'ignored';

/**
 * Signals the run that owns the number. All of it may be repeated and come in any order: a delivery is set, not
 * counted, and of STOP and START the one that was said last holds.
 */
export async function tellOwner(client: Client, event: VendorEvent): Promise<Received> {
  if (event.kind === 'other') return 'ignored';
  const signals = signalsOf(event);
  if (signals.length === 0) return 'ignored';
  let received: Received = 'unowned';
  for (const number of event.numbers) {
    for (const signal of signals) if (await isTold(client, leaseId(number), signal)) received = 'told';
  }
  return received;
}

async function isTold({ workflow }: Client, workflowId: string, [name, report]: Signal): Promise<boolean> {
  try {
    await workflow.getHandle(workflowId).signal<[object]>(name, report);
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

type Signal =
  | [typeof NAMES.deliveryReported, DeliveryReport]
  | [typeof NAMES.numberSubstituted, Substitution]
  | [typeof NAMES.optOutReported, OptOutReport];

function signalsOf(event: Exclude<VendorEvent, { kind: 'other' }>): Signal[] {
  if (event.kind === 'delivery') {
    const { messageId, delivered } = event;
    return [[NAMES.deliveryReported, { messageId, delivered }]];
  }
  if (event.kind === 'substitution') {
    const { usedNumber, messageId } = event;
    return [[NAMES.numberSubstituted, { usedNumber, ...(messageId !== undefined && { messageId }) }]];
  }
  return optOutsOf(event).map((report) => [NAMES.optOutReported, report]);
}

/** An opt-out counts for every number that its sender may mean, an opt-in only where sender and time are certain. */
function optOutsOf({ body, from, at, isTimed }: VendorEvent & { kind: 'text' }): OptOutReport[] {
  const keyword = keywordOf(body);
  const recipients = phoneNumbersOf(from);
  if (keyword === undefined) return [];
  if (keyword === 'start' && !(isTimed && recipients.length === 1)) return [];
  return recipients.map((recipient) => ({ recipient, optedOut: keyword === 'stop', at }));
}
