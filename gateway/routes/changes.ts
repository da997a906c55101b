import { z } from 'zod';
import type { ExtendRequest } from '../../domain/contract.js';
import { GRACE_HINT, parseGrace } from '../../domain/deadline.js';
import { fields, phoneNumber, truth } from '../../domain/request-parts.js';
import { extendRequest } from '../../domain/request.js';
import { operation, type AnswerKind, type Operation } from '../operation.js';
import { refused, type ProblemType } from '../problems.js';
import { extendAnswer, protectAnswer, renewAnswer, restoreAnswer, terminateAnswer } from '../schemas.js';

const LONGEST_REASON = 500;
const problems: ProblemType[] = ['LeaseNotActive', 'Busy'];

/** What all changes of a lease have in common. */
const change = (verb: string) => ({
  method: 'POST' as const,
  path: `/v1/leases/{number}/${verb}`,
  scope: 'full' as const,
  tag: 'Leases',
  params: { number: phoneNumber },
  problems,
});
const done = (schema: z.ZodType): Record<number, AnswerKind> => ({ 200: { description: 'Done.', schema } });

const extend = operation({
  id: 'extendLease',
  ...change('extend'),
  summary: 'Let a lease end later',
  description:
    '`until` may be repeated as often as you like. `term` counts from the present end and adds each time, so the header ' +
    '`Idempotency-Key` is refused with it.',
  body: extendRequest,
  answers: done(extendAnswer),
  async run({ leasehold, params: { number }, body, idempotencyKey }) {
    if (idempotencyKey !== undefined && body.term !== undefined) {
      const detail = 'Idempotency-Key cannot keep a term from being added twice: give until instead of term';
      throw refused('InvalidRequest', { detail, field: 'Idempotency-Key' });
    }
    return { status: 200, body: await leasehold.lease(number).extend(body as ExtendRequest) };
  },
});

const terminate = operation({
  id: 'terminateLease',
  ...change('terminate'),
  summary: 'Give a number back',
  description:
    'Answers as soon as the run knows. The release is proven when the state of the lease is `released`: minutes later, as ' +
    'a rule.',
  body: fields({
    reason: z
      .string({ error: 'must be a text' })
      .max(LONGEST_REASON, `must be a text of at most ${LONGEST_REASON} characters`)
      .exactOptional(),
    grace: z
      .custom<string>((value) => parseGrace(value) !== undefined, `must be ${GRACE_HINT}`)
      .meta({ type: 'string', examples: ['1h', 'none'], description: "Instead of the lease's own." })
      .exactOptional(),
    sameAccount: truth
      .meta({ description: 'You vouch that the API key is of the account that leased the number.' })
      .exactOptional(),
  }),
  needsBody: false,
  answers: done(terminateAnswer),
  problems: [...problems, 'LeaseProtected'],
  async run({ leasehold, params: { number }, body }) {
    return { status: 200, body: await leasehold.lease(number).terminate(body) };
  },
});

const restore = operation({
  id: 'restoreLease',
  ...change('restore'),
  summary: 'Undo a termination or an end in its grace period',
  body: fields({}),
  needsBody: false,
  answers: done(restoreAnswer),
  async run({ leasehold, params: { number } }) {
    return { status: 200, body: await leasehold.lease(number).restore() };
  },
});

const protect = operation({
  id: 'protectLease',
  ...change('protect'),
  summary: 'Protect a lease from being given back, or lift that',
  body: fields({ protected: truth }),
  answers: done(protectAnswer),
  async run({ leasehold, params: { number }, body }) {
    return { status: 200, body: await leasehold.lease(number).protect(body.protected) };
  },
});

const renew = operation({
  id: 'renewLease',
  ...change('renew'),
  summary: 'Let a lease go on by itself at its end, or not',
  body: fields({ auto: truth }),
  answers: done(renewAnswer),
  async run({ leasehold, params: { number }, body }) {
    return { status: 200, body: await leasehold.lease(number).renew(body) };
  },
});

export const changeOperations: Operation[] = [extend, terminate, restore, protect, renew];
