import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { NAMES, type DeliveryReport, type OptOutReport, type Substitution } from '../../domain/contract.js';
import { leaseId } from '../../domain/ids.js';
import { isPhoneNumber } from '../../domain/phone-number.js';
import type { VendorEvent } from './events.js';
import { keywordOf } from './keywords.js';

/** `told`: the run that owns the number knows. `unowned`: no open run owns it. `ignored`: nothing is done with its kind. */
export type Received = 'told' | 'unowned' | 'ignored';

/**
 * Tells the run that owns the number. All of it may be repeated and come in any order: a delivery is set, not
 * counted, and of STOP and START the one that was said last holds.
 */
export async function tellOwner({ workflow }: Client, event: VendorEvent): Promise<Received> {
  if (event.kind === 'other') return 'ignored';
  const said = signalOf(event);
  if (!said) return 'ignored';
  const [name, argument] = said;
  try {
    await workflow.getHandle(leaseId(event.number)).signal<[object]>(name, argument);
    return 'told';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'unowned';
    throw error;
  }
}

type Said =
  | [typeof NAMES.deliveryReported, DeliveryReport]
  | [typeof NAMES.numberSubstituted, Substitution]
  | [typeof NAMES.optOutReported, OptOutReport];

function signalOf(event: Exclude<VendorEvent, { kind: 'other' }>): Said | undefined {
  if (event.kind === 'delivery') {
    const { messageId, delivered } = event;
    return [NAMES.deliveryReported, { messageId, delivered }];
  }
  if (event.kind === 'substitution') {
    const { usedNumber, messageId } = event;
    return [NAMES.numberSubstituted, { usedNumber, ...(messageId !== undefined && { messageId }) }];
  }
  const keyword = keywordOf(event.body);
  if (keyword === undefined || !isPhoneNumber(event.from)) return undefined;
  return [NAMES.optOutReported, { recipient: event.from, optedOut: keyword === 'stop', at: event.at }];
}
