/** The export of `audit`: one object a lease. It may grow, and `version` goes up should it ever change. */
import type { Labels } from '../../domain/labels.js';
import type { PhoneNumber } from '../../domain/phone-number.js';

/** What the history of a lease tells, from the request to the proof of its release. All times are ISO 8601. */
export interface AuditRecord {
  version: 1;
  /** Absent where a program gave none. */
  reference: string;
  /** Null for a request that never had a number's run lease one. */
  number: PhoneNumber | null;
  /** Null where nothing was leased. */
  leaseId: string | null;
  labels?: Labels;
  /** `killed`: ended from outside, the number may still be leased. `failed`: a request that got no number. */
  state: 'open' | 'released' | 'not leased' | 'killed' | 'failed';
  /** Until when the record tells, and costs are counted where the lease is open. */
  asOf: string;
  leasedAt: string | null;
  /** Who asked for a number, and what was decided; null where nothing of it is kept. */
  request: AuditedRequest | null;
  /** What was asked of the lease since: extensions, the termination, cancels; texts are in `texts`. */
  changes: AuditedChange[];
  cost: AuditedCost;
  texts: AuditedText[];
  /** Older texts than `texts` holds, where a lease sent more than 10,000. */
  textsLeftOut: number;
  /** When the vendor took the termination; null where it has not, or ended the lease by itself. */
  terminatedAt: string | null;
  /** Why the lease ended; null while nothing ends it. */
  reason: string | null;
  release: AuditedRelease | null;
  /** What cannot be told, because the history of a run is not kept any more. */
  gaps: string[];
}

export interface AuditedRequest {
  /** Identity of the Temporal client that started it: a process and its host, unless the program gave a name. */
  by: string;
  at: string;
  runId: string;
  candidates: AuditedCandidate[];
  failure?: { type: string; message: string };
}

export interface AuditedCandidate {
  number: PhoneNumber;
  price?: { currency: string; upfrontFee: number; monthlyRate: number };
  /** `pending`: its run had not answered when the request ended, or has not yet. */
  outcome: 'leased' | 'refused' | 'pending';
  failure?: { type: string; message: string };
}

export interface AuditedChange {
  at: string;
  /** Identity of the Temporal client that asked. */
  by: string;
  /** The update's name, `cancel` or `kill`. */
  what: string;
  /** As it was asked, without texts and recipients. */
  asked: Record<string, string | number | boolean>;
  /** Type and words of a refusal. Absent: it was done, or is under way. */
  failure?: { type: string; message: string };
}

/**
 * Upfront fee and months in full, each month from its first moment, as the vendor's period began, until the release was
 * proven. What the vendor really charged is in its bill alone.
 */
export interface AuditedCost {
  /** Null where no price is known. */
  currency: string | null;
  total: number | null;
  parts: CostPart[];
}

export interface CostPart {
  leaseId: string;
  what: 'upfront' | 'month';
  /** When it fell due. */
  at: string;
  /** Null where no price is known. */
  amount: number | null;
}

export interface AuditedText {
  /** The caller's own key of it. */
  id: string;
  /** Identity of the Temporal client that asked for it; null where that is not kept. */
  by: string | null;
  /** SHA-256 over recipient, line feed, text, in hexadecimal; null where that is not kept. */
  hash: string | null;
  /** Each call to the vendor. `lost`: it had no answer. */
  calls: { at: string; outcome: 'sent' | 'refused' | 'lost' }[];
  /** `doubt`: the last call's answer was lost and what became of it is not settled, or not kept. */
  outcome: 'queued' | 'sent' | 'refused' | 'unknown' | 'doubt';
  messageId?: string;
}

export interface AuditedRelease {
  provenAt: string;
  /** Whether our termination ended the lease or the vendor did, or somebody by hand. */
  by: 'us' | 'vendor' | 'operator';
  /** Identity of the worker that saw the proof; null where that is not kept. */
  provenBy: string | null;
}
