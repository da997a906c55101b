import { z } from 'zod';
import { labelsFrom } from '../../domain/labels.js';
import { oneLine, phoneNumber } from '../../domain/request-parts.js';
import { LEASE_STATES } from '../../client/lease-state.js';
import { auditRecord } from '../audit-schema.js';
import { operation, type Operation } from '../operation.js';
import { looking } from './looking.js';
import { labelList, pageOf, pageQuery } from './pages.js';
import { leaseStatus, leaseSummary } from '../schemas.js';

const tag = 'Leases';
const MOST_RECORDS = 20;
const RECORDS = 10;

const list = operation({
  id: 'listLeases',
  method: 'GET',
  path: '/v1/leases',
  scope: 'read',
  tag,
  summary: 'The leases that are held, newest first',
  description:
    'As Temporal lists them, a moment late. A page may be short, or empty, while there is a `next` one.',
  query: {
    state: z.enum(LEASE_STATES, { error: `must be one of ${LEASE_STATES.join(', ')}` }).exactOptional(),
    reference: oneLine(200).exactOptional(),
    label: labelList,
    closed: z
      .enum(['true', 'false'], { error: 'must be true or false' })
      .meta({ description: 'Leases that are over as well.' })
      .exactOptional(),
    ...pageQuery(200, 50),
  },
  answers: { 200: { description: 'One page.', schema: pageOf('leases', leaseSummary) } },
  async run({ leasehold, query: { label, closed, ...filters } }) {
    const { items, next } = await leasehold.listPage({
      ...filters,
      ...(label && { labels: labelsFrom(label) }),
      ...(closed !== undefined && { closed: closed === 'true' }),
    });
    return { status: 200, body: { leases: items, next } };
  },
});

const show = operation({
  id: 'showLease',
  method: 'GET',
  path: '/v1/leases/{number}',
  scope: 'read',
  tag,
  summary: 'What a lease is at',
  description: 'The newest lease of the number, also after its release.',
  params: { number: phoneNumber },
  answers: { 200: { description: 'The lease.', schema: leaseStatus } },
  problems: ['NotFound'],
  async run({ leasehold, params: { number } }) {
    return { status: 200, body: await looking(() => leasehold.lease(number).status()) };
  },
});

const auditQuery = {
  reference: oneLine(200).exactOptional(),
  label: labelList,
  since: z
    .string()
    .meta({
      description: 'Only what was open then or later: a day, or an instant.',
      examples: ['2026-01-01'],
    })
    .exactOptional(),
  ...pageQuery(MOST_RECORDS, RECORDS),
};
const auditAnswers = { 200: { description: 'One page.', schema: pageOf('records', auditRecord) } };

const auditOne = operation({
  id: 'auditLease',
  method: 'GET',
  path: '/v1/leases/{number}/audit',
  scope: 'read',
  tag: 'Audit',
  summary: 'What the history of a number tells',
  description: 'Every lease of the number that Temporal still keeps, newest first.',
  params: { number: phoneNumber },
  query: auditQuery,
  answers: auditAnswers,
  async run({ leasehold, params: { number }, query: { label, ...filters } }) {
    const labels = label && labelsFrom(label);
    const { items, next } = await leasehold.auditPage({ number, ...filters, ...(labels && { labels }) });
    return { status: 200, body: { records: items, next } };
  },
});

const auditAll = operation({
  id: 'audit',
  method: 'GET',
  path: '/v1/audit',
  scope: 'read',
  tag: 'Audit',
  summary: 'Who leased what, why, at what cost, and when its release was proven',
  query: auditQuery,
  answers: auditAnswers,
  async run({ leasehold, query: { label, ...filters } }) {
    const labels = label && labelsFrom(label);
    const { items, next } = await leasehold.auditPage({ ...filters, ...(labels && { labels }) });
    return { status: 200, body: { records: items, next } };
  },
});

export const leaseOperations: Operation[] = [list, show, auditOne, auditAll];
