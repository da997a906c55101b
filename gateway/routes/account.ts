import { adoptRequest } from '../../domain/account-requests.js';
import { oneLine } from '../../domain/request-parts.js';
import { operation, type Operation } from '../operation.js';
import { refused } from '../problems.js';
import { accepted, adoptReport, figures } from '../schemas.js';

const tag = 'Account';
const WAIT_MS = 30_000;

const adopt = operation({
  id: 'adopt',
  method: 'POST',
  path: '/v1/adopt',
  scope: 'full',
  tag,
  summary: 'Take over numbers that the account leases already',
  description: 'May be repeated: what has an owner already is refused, or left out with `all`.',
  body: adoptRequest,
  waitMs: WAIT_MS,
  answers: {
    200: { description: 'What became of each number.', schema: adoptReport },
    202: { description: 'It is under way.', schema: accepted, location: 'the adoption' },
  },
  async run({ leasehold, body, within }) {
    const adoption = await leasehold.startAdoption(body);
    const report = await within(() => adoption.result());
    if (report) return { status: 200, body: report };
    return { status: 202, body: { id: adoption.id }, location: `/v1/adoptions/${adoption.id}` };
  },
});

const showAdoption = operation({
  id: 'showAdoption',
  method: 'GET',
  path: '/v1/adoptions/{id}',
  scope: 'read',
  tag,
  summary: 'What became of an adoption',
  params: { id: oneLine(100) },
  waitMs: 1_000,
  answers: {
    200: { description: 'What became of each number.', schema: adoptReport },
    202: { description: 'It is under way.', schema: accepted },
  },
  problems: ['NotFound'],
  async run({ leasehold, params: { id }, within }) {
    const adoption = await leasehold.findAdoption(id);
    if (!adoption) throw refused('NotFound', { detail: `no adoption ${JSON.stringify(id)} is kept` });
    const report = await within(() => adoption.result());
    return report ? { status: 200, body: report } : { status: 202, body: { id } };
  },
});

const limits = operation({
  id: 'showLimits',
  method: 'GET',
  path: '/v1/limits',
  scope: 'read',
  tag,
  summary: 'What is held and spent, beside its limits',
  description: 'No scopes: no worker with limits has leased anything yet.',
  answers: { 200: { description: 'In all, and by label.', schema: figures } },
  async run({ leasehold }) {
    return { status: 200, body: await leasehold.limits() };
  },
});

export const accountOperations: Operation[] = [adopt, showAdoption, limits];
