import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../embedded/project.js';

interface Counts {
  passed: number;
  failed: number;
  told: string[];
}

const { countsOfTests } = (await import(join(ROOT, 'scripts', 'test-report.mjs'))) as {
  countsOfTests: (report: unknown, code: number, last: string) => Counts;
};

const NAME = join(ROOT, 'test', 'unit', 'some.test.ts');
const passing = { fullName: 'goes well', status: 'passed', failureMessages: [] };
const failing = (...failureMessages: unknown[]) => ({
  fullName: 'goes wrong',
  status: 'failed',
  failureMessages,
});

/** As Vitest's JSON reporter writes it. */
function report(assertionResults: { status: string }[], message = '') {
  const count = (wanted: string) => assertionResults.filter(({ status }) => status === wanted).length;
  return {
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('skipped'),
    numTodoTests: 0,
    testResults: [{ name: NAME, message, assertionResults }],
  };
}

test.each([
  ['an error', 'AssertionError: one is not two\n    at there', 'AssertionError: one is not two'],
  ['a test out of time', 'Error: STACK_TRACE_ERROR\n    at there', 'Error: it timed out'],
  ['what is no error', null, 'it threw something that is no error'],
])('the end of a CI run tells which test failed and how: %s', (_, thrown, told) => {
  const counts = countsOfTests(report([passing, failing(thrown)]), 1, '');
  expect(counts).toMatchObject({ passed: 1, failed: 1 });
  expect(counts.told.join()).toContain(
    `${join('test', 'unit', 'some.test.ts')}: goes wrong (failed)\n  ${told}`,
  );
});

test('a test that was skipped counts as failed', () => {
  const skipped = { fullName: 'was not run', status: 'skipped', failureMessages: [] };
  expect(countsOfTests(report([passing, skipped]), 0, '')).toMatchObject({ passed: 1, failed: 1 });
});

test('a file that failed outside of its tests is told with its own words', () => {
  expect(countsOfTests(report([passing], 'no server'), 1, 'the last lines')).toEqual({
    passed: 1,
    failed: 1,
    told: [`${join('test', 'unit', 'some.test.ts')}\n  no server`],
  });
});

test('a failure that no file knows of is told by the last lines', () => {
  expect(countsOfTests(report([passing]), 1, 'the last lines')).toEqual({
    passed: 1,
    failed: 1,
    told: ['the last lines'],
  });
});

test('a run without a test that passed is an error', () => {
  expect(() => countsOfTests(report([]), 0, 'the last lines')).toThrow(
    'No test ran. The last lines:\nthe last lines',
  );
});
