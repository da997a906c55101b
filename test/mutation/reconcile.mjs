/** What keeps a pass of `reconcileLeases` from touching what is not ours to touch. */
const POLICIES = 'workflows/reconcile-policies.ts';
const CONFIRM = 'activities/confirm-findings.ts';
const RECONCILE = 'test/all/inprocess/reconcile.test.ts';

export const ON_RECONCILING = [
  {
    name: 'a finding is believed at once',
    file: 'workflows/reconcile-leases.ts',
    find: `await sleep(parseDuration(confirmAfter) ?? CONFIRM_AFTER_MS, { summary });`,
    replace: `await sleep((parseDuration(confirmAfter) ?? CONFIRM_AFTER_MS) / 1e9, { summary });`,
    in: RECONCILE,
    test: 'what is only so for a moment is no finding: a number released or adopted before the second look',
  },
  {
    name: 'a finding is believed of another lease',
    file: CONFIRM,
    find: `return kind !== 'orphan' || before.leaseId === leaseId;`,
    replace: `return kind !== 'orphan' || before.leaseId !== undefined || leaseId === '';`,
    in: RECONCILE,
    test: 'another lease than the one that was found is not believed either',
  },
  {
    name: 'what nobody here ever leased goes back',
    file: POLICIES,
    find: `return policies?.orphan === 'adopt' || onceOwned === true;`,
    replace: `return policies !== undefined || onceOwned === true;`,
    in: RECONCILE,
    test: 'with the policy terminate what was once owned goes back after the delay, and is proven gone',
  },
  {
    name: 'a number that a run was refused counts as once owned',
    file: 'activities/look-at-owners.ts',
    find: `return typeof result?.leaseId === 'string';`,
    replace: `return result?.leaseId !== '';`,
    in: RECONCILE,
    test: 'a number that a run was refused was never owned, and is not given back',
  },
  {
    name: 'others than the named ones go back',
    file: POLICIES,
    find: `if (only) return only.includes(number);`,
    replace: `if (only?.includes(number)) return true;`,
    in: RECONCILE,
    test: 'what is named may go back though nobody here ever owned it, and then nothing else does',
  },
  {
    name: 'above the most of one pass the numbers go back all the same',
    file: POLICIES,
    find: `if (ends > atMost) {`,
    replace: `if (ends > atMost * 1_000) {`,
    in: RECONCILE,
    test: 'above the most of one pass nothing is given back',
  },
  {
    name: 'the account is never in doubt',
    file: 'workflows/reconcile-leases.ts',
    find: `const suspect = doubt(survey, findings);`,
    replace: `const suspect = doubt({ ...survey, gone: 0, elsewhere: undefined } as never, findings);`,
    in: RECONCILE,
    test: 'of an account at another API than the runs lease at nothing is believed, and nothing is done',
  },
];
