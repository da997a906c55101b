import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, RetryState, TerminatedFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import { LeaseholdError, toLeaseholdError } from '../../client/errors.js';
import { runLink } from '../../client/links.js';
import { queryOf } from '../../client/list.js';
import { detailsOf, summaryOf } from '../../client/words.js';
import { failure } from '../../domain/failures.js';
import { InvalidRequestError } from '../../domain/invalid-request.js';

const failedWith = (cause: Error) =>
  toLeaseholdError(new WorkflowFailedError('failed', cause, RetryState.NON_RETRYABLE_FAILURE));

describe('toLeaseholdError', () => {
  it("gives a run's failure with its facts", () => {
    const facts = failure('AccountRestricted', 'accept the terms', {
      agreementUrl: 'https://x.test/a',
      field: 'number',
    });
    const cause = ApplicationFailure.create({ type: facts.type, message: facts.message, details: [facts] });
    for (const error of [
      failedWith(cause),
      toLeaseholdError(new WorkflowUpdateFailedError('failed', cause)),
    ]) {
      expect(error).toMatchObject({ ...facts, name: 'LeaseholdError' });
    }
  });

  it('knows a failure by its type alone', () => {
    const error = failedWith(ApplicationFailure.nonRetryable('no such number', 'NumberUnavailable'));
    expect(error).toMatchObject({ type: 'NumberUnavailable', message: 'no such number' });
    expect(error.field).toBeUndefined();
  });

  it('does not invent types', () => {
    expect(failedWith(ApplicationFailure.nonRetryable('odd', 'Whatever')).type).toBe('UnexpectedResponse');
    expect(failedWith(new CancelledFailure('c')).type).toBe('Cancelled');
    expect(failedWith(new TerminatedFailure('t')).type).toBe('RunKilled');
    expect(toLeaseholdError('text')).toMatchObject({ type: 'UnexpectedResponse', message: 'text' });
  });

  it('passes on its own and the words of a wrong request', () => {
    const own = new LeaseholdError('Busy', 'x');
    expect(toLeaseholdError(own)).toBe(own);
    const error = toLeaseholdError(new InvalidRequestError('to must be', 'messages[0].to'));
    expect(error).toMatchObject({ type: 'InvalidRequest', field: 'messages[0].to' });
  });
});

describe('words for the Temporal UI', () => {
  const request = {
    reference: 'campaign-42',
    criteria: { country: 'US', areaCode: '415', channels: ['sms', 'mms'] },
    limits: { currency: 'USD', maxMonthlyRate: 20 },
    messages: [{ id: 'm1', to: '+12025550123', message: 'Secret' }],
    term: '30 days',
  };

  it('tell what is wanted in one line', () => {
    expect(summaryOf(request)).toBe('campaign-42: US, area code 415, sms + mms, at most 20.00 USD a month');
    expect(summaryOf({ reference: 'r' })).toBe('r: any number');
  });

  it('never tell a recipient or a text', () => {
    expect(detailsOf(request)).toContain('| Leased | 30 days |');
    expect(detailsOf(request)).not.toMatch(/Secret|2025550123/);
  });
});

describe('runLink', () => {
  it('leads to one run, or to the newest of an id', () => {
    const run = runLink('http://localhost:8233/', 'default', 'lease/+14155550123', 'abc');
    expect(run).toBe('http://localhost:8233/namespaces/default/workflows/lease%2F%2B14155550123/abc/history');
    expect(runLink('http://ui', 'n', 'provision/a')).toBe('http://ui/namespaces/n/workflows/provision%2Fa');
    expect(runLink(undefined, 'n', 'x')).toBeUndefined();
  });
});

describe('queryOf', () => {
  it('asks for open leases unless told otherwise, and quotes what callers give', () => {
    expect(queryOf({})).toBe(
      "WorkflowType = 'manageLease' AND ExecutionStatus NOT IN ('Completed', 'Failed', 'Canceled', 'Terminated', 'TimedOut', 'ContinuedAsNew')",
    );
    expect(queryOf({ state: 'released' })).not.toContain('Completed');
    const labels = { tenant: "o'k", team: 'a' };
    expect(queryOf({ labels })).toContain("LeaseLabels = 'team=a' AND LeaseLabels = 'tenant=o\\'k'");
    expect(queryOf({ reference: "o'k" })).toContain("LeaseReference = 'o\\'k'");
  });
});
