import { expect, test } from 'vitest';
import type { LeaseResult, MessageOutcome } from '../../domain/contract.js';
import { storyOf, violations, type LeaseRunSeen } from '../../simulation/invariants.js';
import { ledgerOf, type LedgerEntry } from '../../simulator/ledger.js';

const [ONE, TWO] = ['+14155550101', '+14155550102'];
const SKEW_MS = 60_000;

function runOf(
  number: string,
  provision: string,
  from: number,
  outcome: MessageOutcome,
  why = 'taken',
): LeaseRunSeen {
  const messages = [{ id: 'm', to: TWO, outcome }];
  const acquired = { outcome: 'refused', failure: { message: why } };
  const result = { messages, acquired } as unknown as LeaseResult;
  const closedAt = from + 1_000;
  return {
    runId: `${number} ${from}`,
    number,
    provisionRunId: provision,
    openedAt: from,
    closedAt,
    status: 'COMPLETED',
    result,
  };
}

const text = (number: string, at: number): LedgerEntry => ({
  ...{ kind: 'text', at: at + SKEW_MS, number, leaseId: 'lsd', usedNumber: number },
  ...{ messageId: 'text', to: TWO, message: 'm' },
});

function told(runs: LeaseRunSeen[], ...entries: LedgerEntry[]): string[] {
  return violations({
    ledger: ledgerOf(entries),
    runs,
    skewMs: SKEW_MS,
    adoptions: new Set(),
    terminated: new Set(),
  });
}

test('a text that is reported sent went out once, one that is reported refused not at all', () => {
  const sent = runOf(ONE, 'p', 1_000, 'sent');
  expect(told([sent], text(ONE, 1_500))).toEqual([]);
  expect(told([sent])).toEqual([expect.stringContaining('reported sent and went out 0 times') as string]);
  expect(told([sent], text(ONE, 1_500), text(ONE, 1_600))).toHaveLength(2);
  const refused = told([runOf(ONE, 'p', 1_000, 'refused')], text(ONE, 1_500));
  expect(refused).toEqual([expect.stringContaining('reported refused and went out') as string]);
});

test('one provision sends a text once, by whichever of its numbers', () => {
  const runs = [runOf(ONE, 'p', 1_000, 'sent'), runOf(TWO, 'p', 3_000, 'sent')];
  const twice = told(runs, text(ONE, 1_500), text(TWO, 3_500));
  expect(twice).toEqual([`message m of provision p went out from ${ONE} and ${TWO}`]);
});

test('a reference that is asked for again after a cancel has another lease, which sends its text', () => {
  const again = [runOf(ONE, 'cancelled', 1_000, 'sent'), runOf(TWO, 'again', 3_000, 'sent')];
  expect(told(again, text(ONE, 1_500), text(TWO, 3_500))).toEqual([]);
  const sameNumber = [runOf(ONE, 'cancelled', 1_000, 'refused'), runOf(ONE, 'again', 3_000, 'sent')];
  expect(told(sameNumber, text(ONE, 3_500))).toEqual([]);
});

test('no text goes out from a number that no run has', () => {
  const late = told([runOf(ONE, 'p', 1_000, 'unknown')], text(ONE, 9_000));
  expect(late).toEqual([`message m went out from ${ONE}, which no run held`]);
});

test('a request whose account cannot pay tries one number', () => {
  const unpaid = (number: string, provision: string) =>
    runOf(number, provision, 1_000, 'refused', 'the vendor refused to lease it: Payment required');
  expect(told([unpaid(ONE, 'p'), unpaid(TWO, 'q')])).toEqual([]);
  const tried = `provision p tried 2 numbers although the account cannot pay: ${ONE}, ${TWO}`;
  expect(told([unpaid(ONE, 'p'), unpaid(TWO, 'p')])).toEqual([tried]);
});

test('a run that never closes is a violation, and its story is told', () => {
  const open = { ...runOf(ONE, 'p', 1_000, 'sent'), closedAt: undefined, status: 'RUNNING' };
  expect(told([open], text(ONE, 1_500))).toContain(`the run of ${ONE} ended as RUNNING`);
  const story = storyOf({
    ledger: ledgerOf([]),
    runs: [open],
    skewMs: 0,
    adoptions: new Set(),
    terminated: new Set(),
  });
  expect(story.get(ONE)).toEqual(['1970-01-01T00:00:01.000Z run opened']);
});

test('a lease that goes on under another id needs its owner until it is released', () => {
  const own = (closedAt: number): LeaseRunSeen => ({ ...runOf(ONE, 'p', 1_000, 'sent'), closedAt });
  const lease = { number: ONE, by: 'us' } as const;
  const entries: LedgerEntry[] = [
    { ...lease, kind: 'leased', leaseId: 'a', at: 1_100 + SKEW_MS, billingMethod: 'monthly' },
    text(ONE, 1_500),
    { ...lease, kind: 'renewed', leaseId: 'b', previousId: 'a', at: 2_000 + SKEW_MS },
    { ...lease, kind: 'released', leaseId: 'b', at: 4_000 + SKEW_MS },
  ];
  expect(told([own(5_000)], ...entries)).toEqual([]);
  expect(told([own(3_000)], ...entries)).toContain(`lease a, then b of ${ONE} has 0 owners`);
});

test('one provision keeps one lease, while a reconcile pass adopts any number', () => {
  const leased = (number: string, reference: string): LeaseRunSeen => {
    const run = runOf(number, 'p', 1_000, 'sent');
    const acquired = { outcome: 'leased', lease: { leaseId: `lsd of ${number}` } };
    return { ...run, result: { ...run.result, messages: [], reference, acquired } as unknown as LeaseResult };
  };
  const given = (reference: (number: string) => string) =>
    told([ONE, TWO].map((number) => leased(number, reference(number)))).filter((line) => / and /.test(line));
  expect(given(() => 'r')).toEqual([
    `provision p was given lsd of ${ONE} of ${ONE} and lsd of ${TWO} of ${TWO}`,
  ]);
  expect(given((number) => `adopted/${number}`)).toEqual([]);
});
