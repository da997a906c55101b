import type { FaultProfile } from '../simulator/fault-profiles.js';
import type { AssumptionChoice } from './assumptions.js';

/** How much goes wrong in a seed, and how far its world is from an ordinary one. */
export interface Profile {
  faults: FaultProfile;
  /** Only these faults, by `route | phase | kind`; default: every one. */
  only?: RegExp;
  assumptions: AssumptionChoice;
}

const LOST_LEASE_ANSWER = /^POST \/numbers\/lease.*(after|answering) \| (time-out|reset|500|503)$/;

/** Beside the wide ones, some that are narrowed to one kind of fault, so that a seed shows it soon. */
export const PROFILES = {
  none: { faults: 'none', assumptions: [] },
  light: { faults: 'light', assumptions: 'drawn' },
  rough: { faults: 'rough', assumptions: 'drawn' },
  storm: { faults: 'storm', assumptions: 'drawn' },
  /** An ordinary world in which calls go wrong. */
  'faults-only': { faults: 'storm', assumptions: [] },
  'slow-answers': { faults: 'storm', only: LOST_LEASE_ANSWER, assumptions: ['slow answers'] },
  'worker-clocks': { faults: 'storm', only: LOST_LEASE_ANSWER, assumptions: ['worker clocks'] },
  'lease-times': { faults: 'storm', only: LOST_LEASE_ANSWER, assumptions: ['lease times'] },
  'envelope-times': { faults: 'storm', only: LOST_LEASE_ANSWER, assumptions: ['envelope times'] },
  'all-at-once': { faults: 'light', assumptions: ['events', 'all at once'] },
  'junk-signals': { faults: 'light', assumptions: ['junk signals'] },
  'terminated-runs': { faults: 'light', assumptions: ['terminated runs'] },
  unpaid: { faults: 'light', assumptions: ['unpaid account'] },
  'renewed-lease-ids': { faults: 'light', assumptions: ['renewed lease ids'] },
  'unreadable-lists': { faults: 'light', assumptions: ['unreadable lists'] },
  webhooks: { faults: 'light', assumptions: ['webhooks', 'webhook times', 'phone forms', 'events'] },
  /** These with `--address`. */
  'no-workers': { faults: 'light', assumptions: ['no workers'] },
  'short-runs': { faults: 'rough', assumptions: ['short runs'] },
  'reset-runs': { faults: 'light', assumptions: ['reset runs'] },
  pending: { faults: 'rough', only: LOST_LEASE_ANSWER, assumptions: ['not active at first'] },
  copies: { faults: 'storm', only: /cop(y|ies)|twice|again late|acts late/, assumptions: [] },
  histories: {
    faults: 'storm',
    only: /^POST \/send\/text.*(after|answering) \| (time-out|reset|500|503)$/,
    assumptions: ['phone forms', 'history times'],
  },
} as const satisfies Record<string, Profile>;

export type ProfileName = keyof typeof PROFILES;

export const isProfile = (name: string): name is ProfileName => Object.hasOwn(PROFILES, name);

export function profileOf(name: ProfileName): Profile {
  return PROFILES[name];
}
