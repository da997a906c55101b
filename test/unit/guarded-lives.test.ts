import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { expect, test } from 'vitest';
import type { AdoptTerms } from '../../domain/adoption.js';
import type { LeaseResult } from '../../domain/contract.js';
import { GuardedLives } from '../../simulation/guarded-lives.js';
import { ledgerOf } from '../../simulator/ledger.js';

const NUMBER = '+14155550101';
const LEASED_AT = 1_000;
const GIVEN_BACK_AT = 60_000;

/** Where these adoptions were asked for in their order, and the number was given back later: what is held against that. */
async function violationsAfter(adoptions: AdoptTerms[]): Promise<string[]> {
  const nobody = { describe: () => Promise.reject(new WorkflowNotFoundError('none', 'spending', undefined)) };
  const workflow = {
    start: () => Promise.resolve({ firstExecutionRunId: 'a run' }),
    getHandle: () => nobody,
  };
  const lives = new GuardedLives({ workflow } as unknown as Client, 'queue', {}, () => Promise.resolve(0));
  for (const terms of adoptions) await lives.adopt(NUMBER, terms);
  const lease = { number: NUMBER, leaseId: 'lsd', reference: `adopted/${NUMBER}` };
  const leasedAt = new Date(LEASED_AT).toISOString();
  const result = { acquired: { outcome: 'leased', lease: { ...lease, leasedAt } } } as unknown as LeaseResult;
  const run = {
    runId: 'r',
    number: NUMBER,
    provisionRunId: 'p',
    openedAt: LEASED_AT,
    closedAt: undefined,
    status: 'RUNNING',
    result,
  };
  const given = { kind: 'terminate-requested', at: GIVEN_BACK_AT, by: 'us', ...lease } as const;
  return lives.violations({ ledger: ledgerOf([given]), skewMs: 0, runs: [run], terminated: new Set() });
}

test('a number that was adopted with protection must not be given back', async () => {
  expect(await violationsAfter([{ protected: true }])).toEqual([
    `lsd of ${NUMBER} was given back although it was protected`,
  ]);
  expect(await violationsAfter([{}])).toEqual([]);
});

test('of one that was adopted without it as well nothing is claimed, whichever came first', async () => {
  expect(await violationsAfter([{ term: '30m' }, { protected: true }])).toEqual([]);
  expect(await violationsAfter([{ protected: true }, { term: '30m' }])).toEqual([]);
});
