/** What is told to the URL that services give: see docs/webhooks.md. */
import type { Delivery, LeaseState } from './contract.js';
import type { Labels } from './labels.js';
import type { PhoneNumber } from './phone-number.js';

/** A lease entered a state, a text arrived or did not, or somebody wrote to a number. */
export type LeaseEvent = {
  /** Unique: an event that is told twice has the same one. */
  id: string;
  /** ISO 8601. */
  at: string;
  number: PhoneNumber;
  /** Absent where no run owns the number. */
  reference?: string;
  labels?: Labels;
} & (StateEvent | DeliveryEvent | TextEvent);

export interface StateEvent {
  type: 'lease.state';
  state: LeaseState;
  leaseId: string;
  /** Why somebody should look, with the state `attention`. */
  attention?: string;
  /** ISO 8601. */
  expiresAt?: string;
}

export interface DeliveryEvent {
  type: 'message.delivery';
  messageId: string;
  delivery: Delivery;
  /** The service's own id of the message, where the lease remembers it. */
  message?: string;
}

export interface TextEvent {
  type: 'text.received';
  from: string;
  /** Empty where the text has none. */
  body: string;
  /** Absent where there are none. */
  attachments?: Attachment[];
}

/** What came with a text: the vendor's link to it. */
export interface Attachment {
  url: string;
  /** Such as `image/jpeg`. */
  mime?: string;
  filename?: string;
}

/** Id of the run that tells an event: the same event is told by one run. */
export function eventRunId(id: string): string {
  return `event/${id}`;
}
