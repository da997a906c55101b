/** What proves a release, and to whom a lease belongs. */
const TAKE = 'workflows/take-number.ts';
const OWN = 'workflows/ownership.ts';
const RELEASE = 'workflows/release-number.ts';
const CHECK = 'activities/check-release.ts';
const NOT_BELIEVED = 'test/inprocess/not-believed.test.ts';
const WATCHED = 'test/all/inprocess/watched.test.ts';
const BY_HAND = 'test/inprocess/by-hand.test.ts';
const EVIDENCE = 'test/inprocess/evidence.test.ts';

const releases = [
  {
    name: 'a DELETE that answered 200 is believed',
    file: RELEASE,
    find: `if (!isProven(run, progress, seen, requestedAt)) return false;`,
    replace: `if (!isProven(run, progress, seen, requestedAt) && !progress.accepted) return false;`,
    in: NOT_BELIEVED,
    test: 'a DELETE that answers 200 proves nothing: the number stays leased for an hour, and the run waits',
  },
  {
    name: 'a number that is not on the list is released',
    file: CHECK,
    find: `    const seen = await readNumber(shared, check, { pressing: true });`,
    replace: `    if (check.looks !== 0) return { answered: true, value: { missing: true, account: check.account } };\n    const seen = await readNumber(shared, check, { pressing: true });`,
    in: NOT_BELIEVED,
    test: 'a number that vanishes for one read and comes back is still leased from the list of leased numbers',
  },
  {
    name: 'one "no such number" proves a release',
    file: RELEASE,
    find: `if (requestedAt - progress.missingAt < MISSING_APART_MS) return false;`,
    replace: `if (requestedAt - progress.missingAt < MISSING_APART_MS - 10_000) return false;`,
    in: NOT_BELIEVED,
    test: 'a number that vanishes for one read and comes back is still leased from both at once',
  },
  {
    name: 'two "no such number" prove a release although the number was there in between',
    file: RELEASE,
    find: `    delete progress.missingAt;\n`,
    replace: `    if (progress.looks < 0) delete progress.missingAt;\n`,
    in: NOT_BELIEVED,
    test: 'a number that vanishes for one read and comes back is still leased from both at once',
  },
  {
    name: 'the list is not asked before the number is believed',
    file: CHECK,
    find: `(await isListed(check)))`,
    replace: `check.sinceMs === -1 && (await isListed(check)))`,
    in: NOT_BELIEVED,
    test: 'a number that vanishes for one read and comes back is still leased from its own read, which shows no lease',
  },
  {
    name: 'a 404 page is an answer of the vendor',
    file: 'contiguity/outcome.ts',
    find: `byVendor: vendor?.inEnvelope ?? false,`,
    replace: `byVendor: vendor?.inEnvelope ?? true,`,
    in: NOT_BELIEVED,
    test: "a 404 that is not in the vendor's envelope (a page) proves nothing history",
  },
  {
    name: 'the short form of an error is the envelope of the vendor',
    file: 'contiguity/envelope.ts',
    find: `inEnvelope: false,`,
    replace: `inEnvelope: true,`,
    in: 'test/all/inprocess/not-found-pages.test.ts',
    test: "a 404 that is not in the vendor's envelope (the short form) proves nothing history",
  },
];

const oldReadsAndCopies = [
  {
    name: 'a read that may be older than the lease proves its release',
    file: RELEASE,
    find: `return knownAt + readLag(input.terms);`,
    replace: `return knownAt - readLag(input.terms);`,
    in: 'test/inprocess/stale.test.ts',
    test: 'a read that still shows the number as it was before its lease is no proof of a release',
  },
  {
    name: 'the second copy of a lease call that was answered is not expected',
    file: OWN,
    find: `  while (memory.calls) {`,
    replace: `  while (memory.calls?.unexplained) {`,
    in: 'test/inprocess/copies.test.ts',
    test: 'a second copy of a lease call that comes after the release leases nothing that stays',
  },
  {
    name: 'the second copy of a lease call that was refused is not expected',
    file: OWN,
    find: `  while (memory.calls) {`,
    replace: `  while (memory.calls?.mayHaveActed) {`,
    in: 'test/inprocess/copies.test.ts',
    test: 'a copy of a lease call that was refused leases nothing that stays',
  },
  {
    name: 'a proof that came while a copy could still act rules it out',
    file: RELEASE,
    find: `if (areCallsOver(run, requestedAt)) delete run.memory.calls;`,
    replace: `delete run.memory.calls;`,
    in: 'test/inprocess/copies.test.ts',
    test: 'a second copy of a lease call that comes after the release leases nothing that stays',
  },
  {
    name: 'the second copy of a DELETE that was answered is not expected',
    file: RELEASE,
    find: `    run.memory.terminateDoubtUntil = Date.now()`,
    replace: `    if (answer.outcome === 'ambiguous') run.memory.terminateDoubtUntil = Date.now()`,
    in: 'test/inprocess/copies.test.ts',
    test: 'a second copy of a termination does not hit the next lease of the number',
  },
];

const people = [
  {
    name: 'a DELETE is sent whosever lease it hits',
    file: 'activities/terminate-lease.ts',
    find: `if (!showsLease(seen.value, leaseId)) return`,
    replace: `if (!showsLease(seen.value, leaseId) && leaseId === '') return`,
    in: BY_HAND,
    test: 'a person who releases our number and leases it again by hand keeps that lease when our term ends',
  },
  {
    name: 'a lease that is paused is not ours',
    file: 'domain/number-record.ts',
    find: `export function isOpen({ isOver }: HeldLease): boolean {\n  return isOver !== true;`,
    replace: `export function isOpen({ isOver, status }: HeldLease): boolean {\n  return isOver !== true && status !== 'paused';`,
    in: BY_HAND,
    test: 'a lease that a lost call made and the vendor has paused is ours all the same',
  },
  {
    name: 'a lease that is paused is verified',
    file: TAKE,
    find: `seen.record.lease?.status === 'active';`,
    replace: `seen.record.lease !== undefined;`,
    in: BY_HAND,
    test: 'a number that the vendor has paused is verified once it is active, and nothing is sent before',
  },
  {
    name: 'a lease that is shown as expired is over, although the number is still leased',
    file: 'workflows/release-number.ts',
    find: `  if (isOverButHeld(seen, progress)) {`,
    replace: `  if (isOverButHeld(seen, progress) && progress.looks < 0) {`,
    in: BY_HAND,
    test: 'a lease that is shown as expired is not over while its number is leased',
  },
];

const watched = [
  {
    name: 'a run that is watched does not look by itself',
    file: 'workflows/release-waits.ts',
    find: `const WATCHED_WAIT_MS = 5 * 60_000;`,
    replace: `const WATCHED_WAIT_MS = 500 * 60_000;`,
    in: WATCHED,
    test: 'it looks by itself every five minutes where nobody wakes it',
  },
  {
    name: 'a run that is watched does not ask again in time',
    file: 'workflows/release-waits.ts',
    find: `return Math.min(WATCHED_WAIT_MS, left > 0 ? left : WATCHED_WAIT_MS);`,
    replace: `return WATCHED_WAIT_MS + left * 0;`,
    in: WATCHED,
    test: 'it asks again in time, and says that somebody should look',
  },
  {
    name: 'a run that is woken sleeps on',
    file: RELEASE,
    find: `(progress.watched === true && run.isWoken)`,
    replace: `(progress.watched === true && run.isWoken && run.handingOver)`,
    in: WATCHED,
    test: 'its worker wakes it as soon as the lease is off the list, long before its own next look',
  },
  {
    name: 'a run that wants to know sooner is watched all the same',
    file: 'activities/release-watch.ts',
    find: `if (this.everyMs === undefined || awaited.withinMs < this.everyMs) return false;`,
    replace: `if (this.everyMs === undefined) return false;`,
    in: WATCHED,
    test: 'who wants to be told sooner than the worker looks is not watched, and looks as often as he asked',
  },
];

/** Each takes "unknown" for "no", as the product once did. */
const unknowns = [
  {
    name: 'a lease with a status that is not known is no lease',
    file: 'domain/number-record.ts',
    find: `export function isOpen({ isOver }: HeldLease): boolean {\n  return isOver !== true;`,
    replace: `export function isOpen({ status }: HeldLease): boolean {\n  return status === 'active' || status === 'paused';`,
    in: EVIDENCE,
    test: 'a lease that is pending at first its response is lost: one is kept, shown and waited for',
  },
  {
    name: 'an open lease that nothing explains is none',
    file: OWN,
    find: `  return { is: isOurs(run, lease, promptMs) ? 'ours' : 'disputed', lease: found };`,
    replace: `  return isOurs(run, lease, promptMs) ? { is: 'ours', lease: found } : { is: 'none' };`,
    in: EVIDENCE,
    test: 'a proxy repeats a lease call, and the second copy is refused with 409: the lease stays owned until it is resolved',
  },
  {
    name: 'a 404 counts although the list of leased numbers cannot be read',
    file: 'activities/read-number.ts',
    find: `  if (!leased)\n    return unanswered(`,
    replace: `  if (!leased) return { answered: true, value: { missing: true, account: api.account } };\n  if (!leased)\n    return unanswered(`,
    in: EVIDENCE,
    test: 'two 404s while the list of leased numbers cannot be read prove no release',
  },
  {
    name: 'a copy of a DELETE that was refused is not expected',
    file: RELEASE,
    find: `  if (!isUnsent(answer)) {`,
    replace: `  if (answer.outcome !== 'refused') {`,
    in: EVIDENCE,
    test: 'a copy of a refused termination does not end the next lease of the number',
  },
  {
    name: 'another lease on the number is a release of ours',
    file: RELEASE,
    find: `  if (holding.is === 'disputed') {`,
    replace: `  if (holding.is === 'disputed' && progress.looks < 0) {`,
    in: EVIDENCE,
    test: 'a lease that the vendor renews under a new id stays owned, and is released once it is resolved',
  },
];

export const ON_RELEASES = [...watched, ...releases, ...oldReadsAndCopies, ...people, ...unknowns];
