/** What the spending book learns of thousands of open runs. */
import type { Client } from '@temporalio/client';
import { defaultDataConverter, type Payload } from '@temporalio/common';
import { msToTs } from '@temporalio/common/lib/time.js';
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, test } from 'vitest';
import { surveyLeasesActivity, type SurveyLeases, type SurveyPage } from '../../activities/survey-leases.js';
import { SpendingBook } from '../../domain/spending-book.js';
import type { SurveyedLease } from '../../domain/spending.js';

const LEASES = 8_000;
/** https://docs.temporal.io/cloud/limits: of an activity's result, and of a run's input. */
const MAX_PAYLOAD_BYTES = 2 * 1024 * 1024;
const LABEL_KEYS = ['tenant', 'campaign', 'department'];

const labelsOf = (nth: number) =>
  Object.fromEntries(LABEL_KEYS.map((key) => [key, `${key}-number-${nth}-of-the-account`]));
const numberOf = (nth: number) => `+1415555${String(nth).padStart(4, '0')}`;

/** Temporal, as far as a survey asks it. */
function temporalWith(count: number): Client {
  const { payloadConverter } = defaultDataConverter;
  const page = (from: number, pageSize: number) => ({
    executions: Array.from({ length: Math.min(pageSize, count - from) }, (_, at) => run(from + at)),
    nextPageToken: Buffer.from(from + pageSize < count ? String(from + pageSize) : ''),
  });
  const run = (nth: number) => ({
    execution: { workflowId: `lease/${numberOf(nth)}`, runId: `run-${nth}` },
    type: { name: 'manageLease' },
    status: 1,
    historyLength: { toNumber: () => 20 },
    startTime: msToTs(1_780_000_000_000),
  });
  const startOf = (nth: number): Payload => {
    const price = { currency: 'USD', monthlyRate: 1.99, upfrontFee: 1 };
    return payloadConverter.toPayload({ offer: { number: numberOf(nth), price }, labels: labelsOf(nth) });
  };
  return {
    options: {
      namespace: 'test',
      loadedDataConverter: { payloadConverter, payloadCodecs: [], failureConverter: undefined },
    },
    workflowService: {
      listWorkflowExecutions: ({
        pageSize,
        nextPageToken,
      }: {
        pageSize: number;
        nextPageToken: Uint8Array;
      }) => Promise.resolve(page(Number(Buffer.from(nextPageToken).toString() || 0), pageSize)),
      getWorkflowExecutionHistory: ({ execution }: { execution: { runId: string } }) => {
        const input = { payloads: [startOf(Number(execution.runId.slice('run-'.length)))] };
        const workflowExecutionStartedEventAttributes = {
          input,
          firstExecutionRunId: `${execution.runId}-of-thirty-six-characters`,
        };
        return Promise.resolve({ history: { events: [{ workflowExecutionStartedEventAttributes }] } });
      },
    },
  } as unknown as Client;
}

test('a survey of 8,000 leases with three labels fits into the results of activities, and into a new run', async () => {
  const survey = surveyLeasesActivity({ temporal: temporalWith(LEASES) } as never);
  const activity = new MockActivityEnvironment();
  const open: SurveyedLease[] = [];
  let cursor: string | undefined;
  do {
    const asked = { labelKeys: LABEL_KEYS, ...(cursor !== undefined && { cursor }) };
    const page = await activity.run<[SurveyLeases], SurveyPage, typeof survey>(survey, asked);
    expect(JSON.stringify(page).length).toBeLessThan(MAX_PAYLOAD_BYTES / 4);
    open.push(...page.open);
    cursor = page.next;
  } while (cursor !== undefined);
  expect(new Set(open.map(({ number }) => number)).size).toBe(LEASES);
  expect(open[7_777]).toMatchObject({ number: numberOf(7_777), labels: labelsOf(7_777) });
  expect(JSON.stringify(open).length).toBeGreaterThan(MAX_PAYLOAD_BYTES); // in one result it did not fit

  const book = new SpendingBook();
  book.adopt({ labels: Object.fromEntries(LABEL_KEYS.map((key) => [key, { '*': { maxLeases: 5 } }])) });
  book.reconcile({ open, ended: [], killed: [] }, false, Date.now());
  expect(JSON.stringify(book.state(Date.now())).length).toBeLessThan(MAX_PAYLOAD_BYTES);
  expect(JSON.stringify(book.holders().slice(0, 500)).length).toBeLessThan(MAX_PAYLOAD_BYTES / 4);
});

test('labels that are not limited are left out', async () => {
  const survey = surveyLeasesActivity({ temporal: temporalWith(1) } as never);
  const page = await new MockActivityEnvironment().run<[SurveyLeases], SurveyPage, typeof survey>(survey, {
    labelKeys: ['tenant'],
  });
  expect(page.open.map(({ labels }) => labels)).toEqual([{ tenant: labelsOf(0).tenant }]);
});
