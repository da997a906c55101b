/** What proves a release, and to whom a lease belongs. */
const TAKE = 'workflows/take-number.ts';
const OWN = 'workflows/own-lease.ts';
const RELEASE = 'workflows/release-number.ts';
const CHECK = 'activities/check-release.ts';
const LOST = 'test/inprocess/lost-answers.test.ts';
const NOT_BELIEVED = 'test/inprocess/not-believed.test.ts';
const WATCHED = 'test/inprocess/watched.test.ts';
const BY_HAND = 'test/inprocess/by-hand.test.ts';

const releases = [
  {
    name: 'a DELETE that answered 200 is believed',
    file: RELEASE,
    find: `if (isProven(run, progress, verdict)) {`,
    replace: `if (isProven(run, progress, verdict) || progress.accepted) {`,
    in: NOT_BELIEVED,
    test: 'a DELETE that answers 200 proves nothing: the number stays leased for an hour, and the run waits',
  },
  {
    name: 'a number that is not on the list is released',
    file: CHECK,
    find: `    const read = missingIsAnAnswer(\n`,
    replace: `    if (check.askedAt >= 0) return { answered: true, value: { verdict: 'released' } };\n    const read = missingIsAnAnswer(\n`,
    in: NOT_BELIEVED,
    test: 'a number that vanishes for one read and comes back is still leased from the list of leased numbers',
  },
  {
    name: 'one "no such number" proves a release',
    file: RELEASE,
    find: `return Date.now() - progress.missingAt >= MISSING_APART_MS;`,
    replace: `return Date.now() - progress.missingAt >= MISSING_APART_MS - 10_000;`,
    in: NOT_BELIEVED,
    test: 'a number that vanishes for one read and comes back is still leased from both at once',
  },
  {
    name: 'two "no such number" prove a release although the number was there in between',
    file: RELEASE,
    find: `    delete progress.missingAt;\n`,
    replace: ``,
    in: NOT_BELIEVED,
    test: 'a number that vanishes for one read and comes back is still leased from both at once',
  },
  {
    name: 'the list is not asked before the number is believed',
    file: CHECK,
    find: `if (await stillListed(check)) {`,
    replace: `if (check.askedAt < 0 && (await stillListed(check))) {`,
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
    in: NOT_BELIEVED,
    test: "a 404 that is not in the vendor's envelope (the short form) proves nothing history",
  },
];

const oldReadsAndCopies = [
  {
    name: 'a read that may be older than the lease proves its release',
    file: RELEASE,
    find: `return knownAt + readsLag(input.terms);`,
    replace: `return knownAt - readsLag(input.terms);`,
    in: 'test/inprocess/stale.test.ts',
    test: 'a read that still shows the number as it was before its lease is no proof of a release',
  },
  {
    name: 'the second copy of a lease call that was answered is not expected',
    file: OWN,
    find: `memory.leaseDoubtUntil = Math.max(memory.leaseDoubtUntil, leaseActsUntil);`,
    replace: `memory.leaseDoubtUntil = Math.max(memory.leaseDoubtUntil, leaseActsUntil * 0);`,
    in: 'test/inprocess/copies.test.ts',
    test: 'a second copy of a lease call that comes after the release leases nothing that stays',
  },
  {
    name: 'the second copy of a lease call that was refused is not expected',
    file: TAKE,
    find: `return outcome.outcome !== 'refused' || !(isNoCall(outcome.call) || needsPeople(outcome.call));`,
    replace: `return outcome.outcome !== 'refused';`,
    in: 'test/inprocess/copies.test.ts',
    test: 'a copy of a lease call that was refused leases nothing that stays',
  },
  {
    name: 'a proof that came while a copy could still act rules it out',
    file: RELEASE,
    find: `const isLate = Date.now() >= leaseActsUntil + readsLag(input.terms);`,
    replace: `const isLate = Date.now() >= (leaseActsUntil + readsLag(input.terms)) * 0;`,
    in: 'test/inprocess/copies.test.ts',
    test: 'a second copy of a lease call that comes after the release leases nothing that stays',
  },
  {
    name: 'a proof that shows another lease rules a copy out',
    file: RELEASE,
    find: `return isLate && !('otherLease' in verdict);`,
    replace: `return isLate || 'otherLease' in verdict;`,
    in: 'test/inprocess/copies.test.ts',
    test: 'a slow proof of the release does not hide a copy that leased meanwhile',
  },
  {
    name: 'the second copy of a DELETE that was answered is not expected',
    file: RELEASE,
    find: `    progress.byUs = true;\n    memory.terminateDoubtUntil =`,
    replace: `    progress.byUs = true;\n    if (answer.outcome === 'ambiguous')\n    memory.terminateDoubtUntil =`,
    in: 'test/inprocess/copies.test.ts',
    test: 'a second copy of a termination does not hit the next lease of the number',
  },
];

const people = [
  {
    name: 'a lease from before our first call is ours',
    file: OWN,
    find: `if (start < firstCall - START_GRAIN_MS) return undefined;`,
    replace: `if (start < firstCall - START_GRAIN_MS - 1e12) return undefined;`,
    in: LOST,
    test: 'a lease that a person made before our call is not ours',
  },
  {
    name: 'a lease from after our last call is ours',
    file: OWN,
    find: `if (start > onVendorsClock(until) + START_GRAIN_MS) return undefined;`,
    replace: `if (start > onVendorsClock(until) + START_GRAIN_MS + 1e12) return undefined;`,
    in: BY_HAND,
    test: 'a person who leases the number by hand after our doubt about it is over keeps that lease',
  },
  {
    name: 'a DELETE is sent whosever lease it hits',
    file: 'activities/terminate-lease.ts',
    find: `if (seen.answered && seen.value) return`,
    replace: `if (seen.answered && seen.value && leaseId === '') return`,
    in: BY_HAND,
    test: 'a person who releases our number and leases it again by hand keeps that lease when our term ends',
  },
  {
    name: 'a lease that is paused is not ours',
    file: OWN,
    find: `if (lease?.status !== 'active' && lease?.status !== 'paused') return undefined;`,
    replace: `if (lease?.status !== 'active') return undefined;`,
    in: BY_HAND,
    test: 'a lease that a lost call made and the vendor has paused is ours all the same',
  },
  {
    name: 'a lease that is paused is verified',
    file: TAKE,
    find: `seen.record.lease?.leaseId === leaseId && seen.record.lease.status === 'active';`,
    replace: `seen.record.lease?.leaseId === leaseId;`,
    in: BY_HAND,
    test: 'a number that the vendor has paused is verified once it is active, and nothing is sent before',
  },
  {
    name: 'a lease that is shown as expired is over, although the number is still leased',
    file: CHECK,
    find: `return ended && record.status !== 'leased';`,
    replace: `return ended;`,
    in: BY_HAND,
    test: 'a lease that is shown as expired is not over while its number is leased',
  },
];

const watched = [
  {
    name: 'a run that is watched does not look by itself',
    file: RELEASE,
    find: `const WATCHED_WAIT_MS = 5 * 60_000;`,
    replace: `const WATCHED_WAIT_MS = 500 * 60_000;`,
    in: WATCHED,
    test: 'it looks by itself every five minutes where nobody wakes it',
  },
  {
    name: 'a run that is watched does not ask again in time',
    file: RELEASE,
    find: `return Math.min(WATCHED_WAIT_MS, left > 0 ? left : WATCHED_WAIT_MS);`,
    replace: `return WATCHED_WAIT_MS + left * 0;`,
    in: WATCHED,
    test: 'it asks again in time, and says that somebody should look',
  },
  {
    name: 'a run that is woken sleeps on',
    file: RELEASE,
    find: `return watched && (() => run.isWoken);`,
    replace: `return watched && (() => run.isWoken && run.handingOver);`,
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

export const ON_RELEASES = [...watched, ...releases, ...oldReadsAndCopies, ...people];
