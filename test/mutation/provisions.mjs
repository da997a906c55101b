/** How many numbers one request may lease, and what a request that ended or begins again finds. */
const PROVISION = 'workflows/provision-lease.ts';
const MANAGE = 'workflows/manage-lease.ts';
const ONE = 'test/inprocess/one-number-a-request.test.ts';
const SAME = 'test/server/same-reference.test.ts';

const faultsOfOthers = [
  {
    name: 'a fault of the account moves the request to the next number',
    file: PROVISION,
    find: `  return blame === 'account' || (`,
    replace: `  return (`,
    in: ONE,
    test: 'an account that cannot pay (402) ends the request at its first lease call, also for a number with requirements',
  },
  {
    name: 'a fault of the vendor moves the request to the next number once too often',
    file: PROVISION,
    find: `const MAX_VENDOR_FAULTS = 2;`,
    replace: `const MAX_VENDOR_FAULTS = 3;`,
    in: ONE,
    test: 'a vendor that fails every lease call (500) is asked for three numbers at most',
  },
  {
    name: 'a request leases one number too many',
    file: PROVISION,
    find: `if (length < most) return undefined;`,
    replace: `if (length <= most) return undefined;`,
    in: ONE,
    test: 'numbers that are leased and released again one after another have a limit',
  },
];

const startsThatAreLate = [
  {
    name: 'a run that starts late leases all the same',
    file: MANAGE,
    find: `return startBy !== undefined && !carried &&`,
    replace: `return startBy === 0 && !carried &&`,
    in: ONE,
    test: 'a start that arrives after its provision was cancelled leases nothing',
  },
  {
    name: 'a cancelled request does not wait for a start without a response',
    file: PROVISION,
    find: `    if (leftMs <= 0) return;`,
    replace: `    if (leftMs <= 1e9) return;`,
    in: ONE,
    test: 'a start that arrives while its provision is being cancelled is released with it',
  },
];

const sameReference = [
  {
    name: 'a request that begins again does not look for runs of its reference',
    file: 'activities/find-numbers.ts',
    find: `      provisionRunId === undefined ? undefined :`,
    replace: `      provisionRunId !== '' ? undefined :`,
    in: SAME,
    test: 'a request whose provision was killed is answered with the lease that it had made',
  },
  {
    name: 'what an earlier attempt has leased does not count',
    file: 'activities/earlier-runs.ts',
    find: `else if (await mayHaveLeased(temporal, run)) found.leased.push(number);`,
    replace: `else if (run.status.name === 'TERMINATED' && (await mayHaveLeased(temporal, run))) found.leased.push(number);`,
    in: SAME,
    test: 'what an attempt that failed has leased counts for the next one of the same reference',
  },
  {
    name: 'a lease whose request was ended from outside counts as claimed',
    file: 'activities/look-at-owners.ts',
    find: `if (request.status.name !== 'COMPLETED') return true;`,
    replace: `if (request.status.name !== 'COMPLETED') return false;`,
    in: 'test/server/reconcile.test.ts',
    test: 'a lease whose request was killed is unclaimed until it is requested again, and released where the policy says so',
  },
];

const waitsInTheQueue = [
  {
    name: 'a request is sent however long it waited in the task queue',
    file: 'workflows/steps.ts',
    find: `({ ...ONE_ATTEMPT, scheduleToStartTimeout: '30s' })`,
    replace: `({ ...ONE_ATTEMPT })`,
    in: 'test/all/server/queued.test.ts',
    test: 'a lease whose run was cancelled, and a text whose recipient said STOP, are not sent when workers are back',
  },
];

export const ON_PROVISIONS = [...faultsOfOthers, ...startsThatAreLate, ...sameReference, ...waitsInTheQueue];
