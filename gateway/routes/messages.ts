import type { Lease } from '../../client/lease.js';
import type { MessageRecord } from '../../domain/contract.js';
import { oneLine, phoneNumber } from '../../domain/request-parts.js';
import { message } from '../../domain/request.js';
import { operation, type Answer, type Operation } from '../operation.js';
import { refused } from '../problems.js';
import { accepted, messageRecord, sendAnswer } from '../schemas.js';
import { looking } from './looking.js';

const tag = 'Texts';
const WAIT_MS = 30_000;

const send = operation({
  id: 'sendMessage',
  method: 'POST',
  path: '/v1/leases/{number}/messages',
  scope: 'full',
  tag,
  summary: 'Send a text from a number',
  description:
    'One `id` is sent once a lease, however often it is asked for: repeat the call whenever its answer was lost. The header ' +
    '`Idempotency-Key` stands for the field `id`. `unknown`: it may have gone out, and is not sent again.',
  params: { number: phoneNumber },
  body: message,
  key: 'id',
  waitMs: WAIT_MS,
  answers: {
    200: { description: 'What became of it.', schema: sendAnswer },
    202: { description: 'It waits its turn.', schema: accepted, location: 'the text' },
  },
  problems: ['LeaseNotActive', 'MessageRefused', 'OptedOut', 'Busy'],
  async run({ leasehold, params: { number }, body, within }) {
    const lease = leasehold.lease(number);
    const answer = await within(() => lease.send(body));
    return answer ? { status: 200, body: answer } : waiting(lease, body.id);
  },
});

const show = operation({
  id: 'showMessage',
  method: 'GET',
  path: '/v1/leases/{number}/messages/{id}',
  scope: 'read',
  tag,
  summary: 'What became of a text',
  description: 'Of the last 100 texts of the newest lease; older ones are in its audit.',
  params: { number: phoneNumber, id: oneLine(100) },
  answers: { 200: { description: 'The text, without its words.', schema: messageRecord } },
  problems: ['NotFound'],
  async run({ leasehold, params: { number, id } }) {
    const record = await looking(() => recordOf(leasehold.lease(number), id));
    if (record) return { status: 200, body: record };
    throw refused('NotFound', { detail: `no text ${JSON.stringify(id)} is among the last 100 of ${number}` });
  },
});

export const messageOperations: Operation[] = [send, show];

async function recordOf(lease: Lease, id: string): Promise<MessageRecord | undefined> {
  const { messages } = await lease.status();
  return messages.find((each) => each.id === id);
}

/** The caller does not wait any longer: the run knows whether it has the text at all. */
async function waiting(lease: Lease, id: string): Promise<Answer> {
  const record = await recordOf(lease, id);
  if (!record) {
    const detail = 'nobody took the text up in time; it may still go out: ask again with the same id';
    throw refused('NoAnswer', { detail });
  }
  const location = `/v1/leases/${lease.number}/messages/${encodeURIComponent(id)}`;
  return { status: 202, body: { id, outcome: record.outcome }, location };
}
