/** Faults that passed every test for long, each with a seed of the simulation that finds it: `npm run simulate`. */
const OWN = 'workflows/ownership.ts';
const TAKE = 'workflows/take-number.ts';
const RECEIVE = 'gateway/webhooks/receive.ts';
const LIVES = 10;
const FEW_LIVES = 5;

const found = `  const found = { leaseId: lease.leaseId, billing: billingOf(seen.record), account: seen.account };\n`;
/** The vendor rounds starts down to whole seconds, or to more. */
const startsDecide = {
  file: OWN,
  find: found,
  replace: `${found}  const isKnown = lease.leaseId === run.memory.lease?.leaseId;
  if (!isKnown && Date.parse(found.billing.period.start) < run.memory.startedAt) return { is: 'none' };\n`,
};

const leases = [
  {
    ...startsDecide,
    name: 'a lease that starts before its run is none of ours, where starts are rounded',
    seed: 2,
    profile: 'lease-times',
    lives: LIVES,
  },
  {
    ...startsDecide,
    name: 'a lease that starts before its run is none of ours, where clocks differ',
    seed: 1,
    profile: 'worker-clocks',
    lives: LIVES,
  },
  {
    ...startsDecide,
    name: 'a lease that starts before its run is none of ours, where answers have coarse times',
    seed: 2,
    profile: 'envelope-times',
    lives: FEW_LIVES,
  },
  {
    name: 'a lease that is pending when its response is lost is no lease',
    file: 'domain/number-record.ts',
    find: `export function isOpen({ isOver }: HeldLease): boolean {\n  return isOver !== true;`,
    replace: `export function isOpen({ status }: HeldLease): boolean {\n  return status === 'active' || status === 'paused';`,
    seed: 3,
    profile: 'pending',
    lives: LIVES,
  },
  {
    name: 'a refusal of a lease call proves that no copy of it leased',
    file: TAKE,
    find: `  if (outcome.outcome === 'refused' && call.neverSent) {`,
    replace: `  if (outcome.outcome === 'refused') {`,
    seed: 4,
    profile: 'copies',
    lives: LIVES,
  },
  {
    name: 'a 402 on a lease call moves the request to the next number',
    file: TAKE,
    find: `const ACCOUNT_STATUSES = [401, 402, 403];`,
    replace: `const ACCOUNT_STATUSES = [401, 403];`,
    seed: 4,
    profile: 'unpaid',
    lives: FEW_LIVES,
  },
  {
    name: 'a 404 proves a release while the list of leased numbers cannot be read',
    file: 'activities/read-number.ts',
    find: `  if (!leased)\n    return unanswered(`,
    replace: `  if (!leased) return { answered: true, value: { missing: true, account: api.account } };\n  if (!leased)\n    return unanswered(`,
    seed: 9,
    profile: 'unreadable-lists',
    lives: LIVES,
  },
  {
    name: 'a lease that goes on under a new id is taken for released',
    file: 'workflows/release-number.ts',
    find: `  if (holding.is === 'disputed') {`,
    replace: `  if (holding.is === 'disputed' && progress.looks < 0) {`,
    seed: 2,
    profile: 'renewed-lease-ids',
    lives: LIVES,
  },
  {
    name: 'the room of a killed run stays taken when its number is not leased any more',
    file: 'activities/survey-leases.ts',
    find: `return isSettled && (await isNotLeased(shared, number)) ? 'ended' : 'killed';`,
    replace: `return isSettled && (await isNotLeased(shared, number)) ? 'killed' : 'killed';`,
    seed: 2,
    profile: 'terminated-runs',
    lives: FEW_LIVES,
  },
];

const texts = [
  {
    name: 'a refusal of a send proves that no copy of it was sent',
    file: 'workflows/send-messages.ts',
    find: `if (!call.neverSent)`,
    replace: `if (!call.neverSent && !isRefused)`,
    seed: 2,
    profile: 'copies',
    lives: LIVES,
  },
  {
    name: 'a row of the history with its numbers in another form is no match',
    file: 'domain/phone-number.ts',
    find: `return true;`,
    replace: `return written === number;`,
    seed: 3,
    profile: 'histories',
    lives: LIVES,
  },
  {
    name: 'a history time in whole days is taken for an exact one',
    file: 'domain/vendor-time.ts',
    find: `(grain === 1 && other === 1 ? 0 : grain + other)`,
    replace: `(grain + other > 0 ? 0 : 1)`,
    seed: 7,
    profile: 'histories',
    lives: LIVES,
  },
  {
    name: 'a STOP of a recipient that is written in another form is dropped',
    file: RECEIVE,
    find: `const recipients = phoneNumbersOf(from);`,
    replace: `const recipients = phoneNumbersOf(from).filter((number) => number === from);`,
    seed: 6,
    profile: 'webhooks',
    lives: LIVES,
  },
  {
    name: 'a STOP without a time is dropped',
    file: RECEIVE,
    find: `  if (keyword === 'start' && !(isTimed && recipients.length === 1)) return [];`,
    replace: `  if (!(isTimed && recipients.length === 1)) return [];`,
    seed: 6,
    profile: 'webhooks',
    lives: LIVES,
  },
];

/** Each fails a workflow task for good, which the simulation tells as a violation. */
const tasks = [
  {
    name: 'a cancel of a run reaches what its handlers start',
    file: 'workflows/handlers.ts',
    find: `return CancellationScope.nonCancellable(`,
    replace: `return CancellationScope.cancellable(`,
    seed: 2,
    profile: 'all-at-once',
    lives: LIVES,
  },
  {
    name: 'a signal that does not decode fails the workflow task',
    file: 'workflows/payload-converter.ts',
    find: `      return new Undecodable(error instanceof Error ? error.message : String(error)) as T;`,
    replace: `      throw error;`,
    seed: 1,
    profile: 'junk-signals',
    lives: LIVES,
  },
];

export const FOUND_BY_SEEDS = [...leases, ...texts, ...tasks];
