import { relative } from 'node:path';
import { ROOT } from './report.mjs';

/** Vitest puts these words in the place of a message when a test or a hook ran out of time. */
const TIMED_OUT = 'STACK_TRACE_ERROR';

/**
 * What a run of the tests came to, by Vitest's JSON report, its exit code and the last that it printed: how many passed and
 * failed, and in `told` what failed and how. A test that was skipped counts as failed.
 */
export function countsOfTests({ testResults, ...counts }, code, last) {
  const passed = counts.numPassedTests;
  const failed = counts.numFailedTests + counts.numPendingTests + counts.numTodoTests;
  if (passed === 0) throw new Error(`No test ran. The last lines:\n${last}`);
  const told = testResults.flatMap(failedIn);
  // A failure outside of any test, such as an error that nobody awaited, has no test to be counted with.
  if (code !== 0 && failed === 0) return { passed, failed: 1, told: told.length === 0 ? [last] : told };
  return { passed, failed, told };
}

/** A line for each test of a file that did not pass, with the beginning of why. */
function failedIn({ name, message, assertionResults }) {
  const file = relative(ROOT, name);
  const tests = assertionResults
    .filter(({ status }) => status !== 'passed')
    .map(({ fullName, status, failureMessages }) =>
      [`${file}: ${fullName} (${status})`, ...failureMessages.map(beginning)].join('\n  '),
    );
  return message && tests.length === 0 ? [`${file}\n  ${beginning(message)}`] : tests;
}

/** What was thrown without being an Error has no message, and stands as null in the report. */
function beginning(text) {
  const known = (text ?? 'it threw something that is no error').replace(TIMED_OUT, 'it timed out');
  return known.slice(0, 2_000).split('\n').slice(0, 12).join('\n  ');
}
