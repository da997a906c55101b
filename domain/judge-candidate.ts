/** Whether a provision would take a number: pure, from what could be read about it. */
import { failure, type Failure } from './failures.js';
import type { Offer } from './lease-input.js';
import type { PlannedCandidate } from './plans.js';
import type { Posted } from './spending.js';

export interface Entitled {
  name: string;
  status: string;
}

/** What is known of a candidate beside its offer. */
export interface Known {
  /** The reference whose run has the number in hand. */
  heldFor?: string | undefined;
  /** What the spending limits would say; absent: there are none. */
  posted?: Posted | undefined;
  /** Absent: the vendor did not say. */
  entitlements?: Entitled[] | undefined;
}

export interface Judged {
  candidate: PlannedCandidate;
  /** No other number would help: the provision fails with this. */
  ends?: Failure;
}

/** The entitlement without which the vendor leases no number at all. */
const TO_LEASE = 'lease';
const GRANTED = 'granted';

/** In the order in which a provision would meet them: the number's run, the limits, the vendor. */
export function judge(offer: Offer, known: Known): Judged {
  const { number, price, reputation } = offer;
  const requirements = offer.requirements.map((name) => ({ name, met: isMet(name, known) }));
  const refusal = held(offer, known) ?? noRoom(known) ?? notEntitled(offer, known) ?? unmet(offer, known);
  const plan = refusal ? 'refused' : 'take';
  const candidate: PlannedCandidate = {
    number,
    plan,
    ...(refusal && { failure: refusal.why }),
    ...(price && { price }),
    reputation,
    requirements,
  };
  return { candidate, ...(refusal?.ends && { ends: refusal.why }) };
}

interface Refusal {
  why: Failure;
  ends: boolean;
}

function held({ number }: Offer, { heldFor }: Known): Refusal | undefined {
  if (heldFor === undefined) return undefined;
  return { why: failure('NumberUnavailable', `${number} is held for reference ${heldFor}`), ends: false };
}

function noRoom({ posted }: Known): Refusal | undefined {
  if (posted?.granted !== false) return undefined;
  return { why: posted.failure, ends: posted.failure.limit !== undefined };
}

function notEntitled({ number, requirements }: Offer, { entitlements }: Known): Refusal | undefined {
  const toLease = entitlements?.find(({ name }) => name === TO_LEASE);
  if (!toLease || toLease.status === GRANTED) return undefined;
  const why = `the vendor would refuse to lease ${number}: the entitlement ${TO_LEASE} is ${toLease.status}, not granted`;
  return { why: failure('AccountRestricted', why), ends: requirements.length === 0 };
}

function unmet({ number, requirements }: Offer, known: Known): Refusal | undefined {
  const lacking = requirements.filter((name) => isMet(name, known) === false);
  if (lacking.length === 0) return undefined;
  const why = `the vendor would refuse to lease ${number}: the account lacks ${lacking.join(' and ')}`;
  return { why: failure('AccountRestricted', why), ends: false };
}

/** `imessage_entitlement_required` is met by the entitlement `imessage`, where the vendor lists one of that name. */
function isMet(requirement: string, { entitlements }: Known): boolean | null {
  const name = requirement.replace(/_required$/, '').replace(/_(entitlement|plan)$/, '');
  const its = entitlements?.find((entitlement) => entitlement.name === name);
  return its ? its.status === GRANTED : null;
}
