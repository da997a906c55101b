/** Which texts went out, and whose account it is. */
const SEND = 'workflows/send-messages.ts';
const DOUBTS = 'workflows/text-doubts.ts';
const HISTORY = 'domain/text-history.ts';
const READ = 'activities/read-number.ts';
const LOST = 'test/inprocess/lost-answers.test.ts';
const TEXTS = 'test/inprocess/doubtful-texts.test.ts';
const KEYS = 'test/all/inprocess/keys-for-an-hour.test.ts';
const ACCOUNT = 'test/all/inprocess/wrong-account.test.ts';

const texts = [
  {
    name: 'a text is settled before its copies have acted',
    file: DOUBTS,
    find: `return Date.now() + settleWindowMs + Math.min(MAX_HISTORY_LAG_MS, settleWindowMs);`,
    replace: `return Date.now() - settleWindowMs + 0 * MAX_HISTORY_LAG_MS;`,
    in: LOST,
    test: 'a history that lags is waited for: the text is not sent again',
  },
  {
    name: 'the lag of the history is left out of account',
    file: DOUBTS,
    find: `Math.min(MAX_HISTORY_LAG_MS, settleWindowMs);`,
    replace: `Math.min(MAX_HISTORY_LAG_MS, 0);`,
    in: TEXTS,
    test: '429 answers the second copy, and the first acts only later: the text is not sent again',
  },
  {
    name: 'a substitution is forgotten',
    file: DOUBTS,
    find: `verdict === 'not sent' && run.memory.substituted`,
    replace: `verdict === 'not sent' && run.memory.substituted && seen.isFull`,
    in: TEXTS,
    test: 'a text whose answer was lost and that left from a substitute number is unknown, and not sent twice',
  },
  {
    name: 'rows of earlier texts are not told by their time',
    file: HISTORY,
    find: `if (order === 'older') return true;`,
    replace: `if (order === 'older' && isFull) return true;`,
    in: 'test/unit/text-history.test.ts',
    test: 'one row that is older',
  },
  {
    name: 'numbers are compared as they are written',
    file: 'domain/phone-number.ts',
    find: `return true;`,
    replace: `return written === number;`,
    in: TEXTS,
    test: 'a send whose response is lost, where the vendor writes formatted numbers: is not sent again where it acted',
  },
  {
    name: 'a row that cannot be read is no row',
    file: HISTORY,
    find: `if (isToRecipient === undefined) return isReply ? false : undefined;`,
    replace: `if (isToRecipient === undefined) return isReply && false;`,
    in: TEXTS,
    test: 'a send whose response is lost, and rows that cannot be read: it is not sent again',
  },
  {
    name: 'a time in whole seconds is taken for an exact one',
    file: 'domain/vendor-time.ts',
    find: `(grain === 1 && other === 1 ? 0 : grain + other)`,
    replace: `(grain + other > 0 ? 0 : 1)`,
    in: 'test/unit/text-history.test.ts',
    test: 'one row in whole seconds, as far back as the clocks differ',
  },
  {
    name: 'a refusal proves that the text was not sent',
    file: SEND,
    find: `if (!call.neverSent)`,
    replace: `if (!call.neverSent && !isRefused)`,
    in: TEXTS,
    test: 'a refusal that answers the second copy of a send, while the first one acted 429: the text is not sent again',
  },
  {
    name: 'a refusal for good is believed at once',
    file: DOUBTS,
    find: `Math.max(attempt ? settlesAt(run) : 0,`,
    replace: `Math.max(attempt && !attempt.isFinal ? settlesAt(run) : 0,`,
    in: TEXTS,
    test: '400, and the copy acts only later, history lag 0 ms: the text is not called refused',
  },
  {
    name: 'the end of a lease refuses a text that is on its way',
    file: DOUBTS,
    find: `  if (verdict === 'sent') settleSent(`,
    replace: `  if (run.isEnding()) run.messages.refuseQueued();\n  if (verdict === 'sent') settleSent(`,
    in: TEXTS,
    test: 'a text that is on its way when the lease ends is not called refused where another one is settled',
  },
  {
    name: 'a lease does not notice that its last text is settled',
    file: SEND,
    find: `run.memory.queue.length === 0 ||`,
    replace: ``,
    in: TEXTS,
    test: 'a lease that ends after its messages ends when the history shows the last one',
  },
  {
    name: 'a text in doubt holds up nobody',
    file: SEND,
    find: `return queue.find(({ to }) => !heldUp.has(to));`,
    replace: `return queue.find(({ id, to }) => !(heldUp.has(to) && ids.has(id)));`,
    in: TEXTS,
    test: 'a text in doubt holds up its recipient, and no others',
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
    name: 'a 401 refuses a text for good',
    file: SEND,
    find: `status === 429 || status === 401) return`,
    replace: `status === 429) return`,
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
