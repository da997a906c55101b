import type { z } from 'zod';
import { oneLine } from '../../domain/request-parts.js';
import { provisionRequest } from '../../domain/request.js';
import { LeaseholdError } from '../../client/errors.js';
import type { Leasehold } from '../../client/leasehold.js';
import type { Provision } from '../../client/provision.js';
import { operation, type Operation } from '../operation.js';
import { refused } from '../problems.js';
import { accepted, leased, provision as provisionSchema } from '../schemas.js';

const tag = 'Requests';
const LONGEST_REFERENCE = 200;
const reference = oneLine(LONGEST_REFERENCE).meta({ description: 'Your own key of the request.' });

const provision = operation({
  id: 'provision',
  method: 'POST',
  path: '/v1/leases',
  scope: 'full',
  tag,
  summary: 'Lease a number',
  description:
    'The same reference always gets the same lease and the same answer: repeat the call whenever its answer was lost. ' +
    'The header `Idempotency-Key` stands for the field `reference`.',
  body: provisionRequest,
  key: 'reference',
  waitMs: 0,
  answers: {
    201: { description: 'The number, leased.', schema: leased, location: 'the lease' },
    202: { description: 'It is under way.', schema: accepted, location: 'the request' },
  },
  problems: [
    'ReferenceMismatch',
    'NoNumberAvailable',
    'NumberUnavailable',
    'LimitExceeded',
    'AccountRestricted',
    'Unauthorized',
    'Cancelled',
    'RunKilled',
  ],
  async run({ leasehold, body, within }) {
    const begun = await leasehold.startProvision(body);
    const lease = await within(() => begun.result());
    if (!lease)
      return { status: 202, body: { reference: begun.reference }, location: locationOf(begun.reference) };
    return { status: 201, body: lease.leased, location: `/v1/leases/${lease.number}` };
  },
});

const show = operation({
  id: 'showProvision',
  method: 'GET',
  path: '/v1/provisions/{reference}',
  scope: 'read',
  tag,
  summary: 'What became of a request',
  params: { reference },
  waitMs: 0,
  answers: { 200: { description: 'The request.', schema: provisionSchema } },
  problems: ['NotFound'],
  async run({ leasehold, params, within }) {
    const found = await existing(leasehold, params.reference);
    if (await found.isOpen()) await within(() => found.result().catch(() => undefined));
    return { status: 200, body: await stateOf(found) };
  },
});

const cancel = operation({
  id: 'cancelProvision',
  method: 'POST',
  path: '/v1/provisions/{reference}/cancel',
  scope: 'full',
  tag,
  summary: 'Give up a request that is under way',
  description:
    'A number that was leased for it meanwhile goes back first. A request that has its number stays as it is.',
  params: { reference },
  answers: { 202: { description: 'It will be cancelled.', schema: accepted, location: 'the request' } },
  problems: ['NotFound'],
  async run({ leasehold, params }) {
    const found = await existing(leasehold, params.reference);
    if (await found.isOpen()) await found.cancel();
    return { status: 202, body: { reference: found.reference }, location: locationOf(found.reference) };
  },
});

export const provisionOperations: Operation[] = [provision, show, cancel];

async function existing(leasehold: Leasehold, asked: string): Promise<Provision> {
  const found = await leasehold.findProvision(asked);
  if (found) return found;
  throw refused('NotFound', { detail: `no request with the reference ${JSON.stringify(asked)} is kept` });
}

async function stateOf(found: Provision): Promise<z.infer<typeof provisionSchema>> {
  const { reference: key } = found;
  if (await found.isOpen()) {
    const { state, candidates, number } = await found.status();
    return { reference: key, state, candidates, ...(number !== undefined && { number }) };
  }
  try {
    const { leased: lease, number } = await found.result();
    return { reference: key, state: 'leased', number, lease };
  } catch (error) {
    if (!(error instanceof LeaseholdError)) throw error;
    const { type, message, field, agreementUrl, limit } = error;
    const facts = {
      ...(field !== undefined && { field }),
      ...(agreementUrl !== undefined && { agreementUrl }),
      ...(limit && { limit }),
    };
    return { reference: key, state: 'failed', failure: { type, message, ...facts } };
  }
}

function locationOf(key: string): string {
  return `/v1/provisions/${encodeURIComponent(key)}`;
}
