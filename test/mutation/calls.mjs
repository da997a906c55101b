/** What becomes of calls whose answers are lost, late or about another lease. */
const TAKE = 'workflows/take-number.ts';
const OWN = 'workflows/ownership.ts';
const RELEASE = 'workflows/release-number.ts';
const HANDLERS = 'workflows/lease-handlers.ts';
const PACE = 'contiguity/pace.ts';
const PACE_TEST = 'test/unit/pace.test.ts';
const LOST = 'test/inprocess/lost-answers.test.ts';
const LATE = 'test/inprocess/late.test.ts';
const OTHER = 'test/inprocess/other-lease.test.ts';

const lostAnswer = (how) => `the answer is lost: ${how} one life`;

const answersThatAreLost = [
  {
    name: 'a lease call without an answer is not read back',
    file: OWN,
    find: `if (holding.is === 'ours') return { lease: holding.lease };`,
    replace: `if (holding.is === 'ours' && run.memory.startedAt < 0) return { lease: holding.lease };`,
    in: LOST,
    test: lostAnswer('reset after it acted'),
  },
  {
    name: 'a text is sent again without a look into the history',
    file: 'workflows/text-doubts.ts',
    find: `const { verdict, why } = seen ? judge(run, message, seen.value) : UNREADABLE;`,
    replace: `const { verdict, why } = seen ? judge(run, message, { ...seen.value, verdict: 'not sent' }) : UNREADABLE;`,
    in: LOST,
    test: lostAnswer('reset after it acted'),
  },
  {
    name: 'a DELETE without an answer is taken for one that did not act',
    file: RELEASE,
    find: `progress.byUs ||= answer.outcome !== 'refused';`,
    replace: `progress.byUs ||= answer.outcome === 'confirmed';`,
    in: LATE,
    test: 'a repeat that is answered 409 because the first call acted of a DELETE: the release is waited for, and was ours',
  },
  {
    name: 'a 5xx is a refusal',
    file: 'contiguity/outcome.ts',
    find: `return status === 408 || status === 499 || status >= 500;`,
    replace: `return status === 408 || status === 499;`,
    in: LOST,
    test: lostAnswer('500 after it acted'),
  },
  {
    name: 'a 200 that cannot be read is a refusal',
    file: 'contiguity/outcome.ts',
    find: `return { outcome: 'ambiguous', facts: { status, message: why, byVendor, neverSent: false } };`,
    replace: `return { outcome: 'refused', facts: { status, message: why, byVendor, neverSent: false } };`,
    in: LOST,
    test: lostAnswer('a 200 with an unreadable body after it acted'),
  },
  {
    name: 'a lease call that is refused is believed without a look at the number',
    file: OWN,
    find: `if (holding.is === 'ours') return { lease: holding.lease };`,
    replace: `if (holding.is === 'ours' && isAmbiguous) return { lease: holding.lease };`,
    in: LATE,
    test: 'a repeat that is answered 409 because the first call acted of a lease call: the lease is ours',
  },
];

const outages = [
  {
    name: 'an outage of lease calls goes through one number after the other',
    file: TAKE,
    find: `Date.now() - run.memory.startedAt < MAX_OUTAGE_MS`,
    replace: `Date.now() - run.memory.startedAt < MAX_OUTAGE_MS - 1e12`,
    in: 'test/all/inprocess/outages.test.ts',
    test: 'maintenance to lease calls alone is waited out, at one number',
  },
];

const lateCalls = [
  {
    name: 'two provisions may have the run of one number',
    file: HANDLERS,
    find: `if (provisionRunId === run.input.provisionRunId) return;`,
    replace: `if (provisionRunId !== '') return;`,
    in: LATE,
    test: 'two provisions that want one number, and every answer to a lease call is lost: one gets it, once',
  },
  {
    name: 'a run ends while a DELETE of its may still act',
    file: RELEASE,
    find: `  if (left > 0) await run.wait(left, 'a terminate call`,
    replace: `  if (left > 1e12) await run.wait(left, 'a terminate call`,
    in: LATE,
    test: 'a DELETE that lands late, after the release is proven, does not hit the next lease of the number',
  },
  {
    name: 'a run ends while a lease call of its may still act',
    file: OWN,
    find: `  if (left > 0) await run.wait(left, 'a lease call`,
    replace: `  if (left > 1e12) await run.wait(left, 'a lease call`,
    in: LATE,
    test: 'a lease call that lands late, while the run gives up on the number, is found at the end of the window',
  },
  {
    name: 'a run that has closed is started again for the same provision',
    file: 'activities/acquire-number.ts',
    find: `const answer = run && (await join(`,
    replace: `const answer = run && isOpenRun(run) && (await join(`,
    in: LATE,
    test: 'a step of provisionLease that runs again after the run of its number has closed has the answer of that run: a lease that is over already is not made again',
  },
  {
    name: "another provision's run of the number is taken for our own",
    file: 'activities/lease-runs.ts',
    find: `memoOf(run).provisionRunId === provisionRunId`,
    replace: `memoOf(run).provisionRunId !== provisionRunId.toUpperCase()`,
    in: LATE,
    test: 'a DELETE that lands late, after the release is proven, does not hit the next lease of the number',
  },
];

const otherLeases = [
  {
    name: 'a lease of ours that the answer did not name is not kept',
    file: TAKE,
    find: `  if (lease.leaseId === leaseId) return;`,
    replace: `  if (lease.leaseId !== '') return;`,
    in: OTHER,
    test: 'the answer names another lease than the number shows: the one that our call began is kept, and proven released',
  },
  {
    name: 'the price of the lease that is kept is not held against the limits',
    file: TAKE,
    find: `  return overCharged(run);\n`,
    replace: `  return undefined;\n`,
    in: OTHER,
    test: 'the answer names another lease, and the one that the number shows is over the limits: it goes back',
  },
];

const turns = [
  {
    name: 'turns are closer than calls may leave',
    file: PACE,
    find: `this.nextTurn = turn + (turns.turns ?? 1) * apart(rate);`,
    replace: `this.nextTurn = turn + (turns.turns ?? 1) * (1_000 / rate);`,
    in: PACE_TEST,
    test: 'turns come one after the other, and who would wait for long is told when to come back',
  },
  {
    name: 'a call leaves however late it is',
    file: PACE,
    find: `if (this.now() + more > lateAt) return`,
    replace: `if (this.now() + more > lateAt + 3_600_000) return`,
    in: PACE_TEST,
    test: 'where the rate falls all at once, who has a turn but would wait for long is sent back',
  },
  {
    name: 'what waits its turn has failed',
    file: 'workflows/until-answered.ts',
    find: `if (call.heldBack !== true) this.failed += 1;`,
    replace: `if (call.heldBack !== true || this.made > 0) this.failed += 1;`,
    in: 'test/all/server/in-turn.test.ts',
    test: 'what was sent back to wait its turn makes the first failure after it no sixth one',
  },
];

export const ON_CALLS = [...answersThatAreLost, ...outages, ...lateCalls, ...otherLeases, ...turns];
