/** A lease call is made only with the key that the run will read its result with. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { expect, onTestFinished, test } from 'vitest';
import { leaseNumberActivity, type LeaseNumber } from '../../activities/lease-number.js';
import { createContiguity } from '../../contiguity/index.js';
import { ROUTE } from '../support/plan.js';
import { Simulated } from '../support/simulated.js';

test('a worker with another key than the run knows sends nothing, and says which key it has', async () => {
  const { simulator } = await Simulated.open();
  const api = createContiguity({ baseUrl: simulator.url, apiKey: simulator.apiKey });
  onTestFinished(() => api.close());
  const [free] = (await api.lease.available()).data;
  const lease = leaseNumberActivity({ api } as never);
  const account = { ...api.account, keyFingerprint: 'another' };
  const args: LeaseNumber = { number: free!.number, billingMethod: 'monthly', account };
  const outcome = await new MockActivityEnvironment().run(lease, args);
  expect(outcome).toMatchObject({
    outcome: 'refused',
    account: api.account,
    call: { neverSent: true },
  });
  expect(simulator.controls.calls()[ROUTE.lease]).toBeUndefined();
});
