/** Which texts went out, and whose account it is. */
const SEND = 'workflows/send-messages.ts';
const READ = 'activities/read-number.ts';
const LOST = 'test/inprocess/lost-answers.test.ts';
const TEXTS = 'test/inprocess/doubtful-texts.test.ts';
const KEYS = 'test/all/inprocess/keys-for-an-hour.test.ts';
const ACCOUNT = 'test/all/inprocess/wrong-account.test.ts';

const texts = [
  {
    name: 'the settle window of a text is over at once',
    file: SEND,
    find: `until: Date.now() + run.input.terms.settleWindowMs, why };`,
    replace: `until: Date.now(), why };`,
    in: LOST,
    test: 'a history that lags is waited for: the text is not sent again',
  },
  {
    name: 'a substitution is forgotten',
    file: SEND,
    find: `if (run.memory.substituted) return`,
    replace: `if (run.memory.substituted && seen.full) return`,
    in: TEXTS,
    test: 'a text whose answer was lost and that left from a substitute number is unknown, and not sent twice',
  },
  {
    name: 'the history is counted from its beginning, not from the watermark',
    file: 'activities/read-history.ts',
    find: `entry.timestamp > after,`,
    replace: `entry.timestamp > after - 1e12,`,
    in: TEXTS,
    test: 'equal texts to one recipient in two leases of one number, one after the other the second call is lost before it acts: each goes out once',
  },
  {
    name: 'what a text that was given up left in the history is not found out',
    file: SEND,
    find: `run.memory.givenUpUntil = windowEnd;`,
    replace: `if (windowEnd < 0) run.memory.givenUpUntil = windowEnd;`,
    in: TEXTS,
    test: 'a text that a restored lease gave up is not taken for the next one to that person',
  },
  {
    name: 'a text that was given up may still act while the next one goes',
    file: SEND,
    find: `if (left >= 0) await run.wait(`,
    replace: `if (left >= 1e12) await run.wait(`,
    in: TEXTS,
    test: 'a text that acts late, of which the vendor gave no time, is not taken for a later one',
  },
];

const accounts = [
  {
    name: 'the account of a new key is not doubted',
    file: READ,
    find: `const why = vouched ? undefined : await witness.doubt(account);`,
    replace: `const why = vouched || number !== '' ? undefined : await witness.doubt(account);`,
    in: ACCOUNT,
    test: "a worker that comes back with another account's key ends no run, whatever its lease was doing",
  },
  {
    name: 'another API is not told from the one that leased',
    file: 'activities/account.ts',
    find: `if (!its || mine.baseUrl === its.baseUrl) return undefined;`,
    replace: `if (!its || mine.baseUrl !== '') return undefined;`,
    in: ACCOUNT,
    test: 'a worker that comes back pointed at an empty simulator ends no run, whatever its lease was doing',
  },
  {
    name: 'an account that holds nothing any more is believed',
    file: 'activities/account.ts',
    find: `if (active.some((number) => leased.has(number))) return undefined;`,
    replace: `if (active.some((number) => leased.has(number) || number !== '')) return undefined;`,
    in: 'test/server/wrong-account.test.ts',
    test: 'an account that has forgotten everything is not believed: no run ends',
  },
  {
    name: 'a 403 about a number says that there is no such number',
    file: READ,
    find: `  return !read.answered && read.call.status === 404 && read.call.byVendor;`,
    replace: `  return !read.answered && (read.call.status === 404 || read.call.status === 403) && read.call.byVendor;`,
    in: KEYS,
    test: '403 on every route for an hour, then a new key ends no run, whatever its lease was doing: all go on',
  },
  {
    name: 'a 401 refuses a text for good',
    file: SEND,
    find: `if (call.status === 401 || (`,
    replace: `if ((`,
    in: KEYS,
    test: '401 on every route for an hour, then a new key ends no run, whatever its lease was doing: all go on',
  },
];

const reads = [
  {
    name: 'a run reads in its workflow task',
    file: 'workflows/steps.ts',
    find: `export const reads = proxyActivities<Activities>({`,
    replace: `import { proxyLocalActivities } from '@temporalio/workflow';\nexport const reads = proxyLocalActivities<Activities>({`,
    in: 'test/all/server/asked-while-it-looks.test.ts',
    test: 'a run that is asked and told while it looks goes on from its history',
  },
];

export const ON_TEXTS_AND_ACCOUNTS = [...texts, ...accounts, ...reads];
