import { ApplicationFailure } from '@temporalio/workflow';
import type { ExtendRequest, Message } from '../domain/contract.js';
import { FURTHEST_END_MS, GRACE_HINT, parseGrace, parseUntil, UNTIL_HINT } from '../domain/deadline.js';
import { DURATION_HINT, parseDuration } from '../domain/duration.js';
import { failure, type Failure } from '../domain/failures.js';
import { E164_HINT, isPhoneNumber } from '../domain/phone-number.js';
import type { LeaseRun } from './lease-run.js';

/** A failure that ends a request, as it goes over the wire: callers branch on its type, and read the rest in details. */
export function asError(it: Failure): ApplicationFailure {
  return ApplicationFailure.create({ type: it.type, message: it.message, details: [it], nonRetryable: true });
}

/**
 * Updates come from any program, so they are checked here, where they arrive; a validator that throws leaves nothing
 * in the history. Validators are synchronous and pure, which is why they are written out and not a zod schema.
 */
export function checkMessage(message: unknown): asserts message is Message {
  const fields = asObject(message, ['id', 'to', 'message', 'confirmDelivery']);
  const { id, to, message: text, confirmDelivery } = fields;
  if (typeof id !== 'string' || id.length === 0 || id.length > 100)
    throw invalid('id', 'a text of 1 to 100 characters', id);
  if (!isPhoneNumber(to)) throw invalid('to', E164_HINT, to);
  if (typeof text !== 'string' || text.length === 0 || text.length > 5_000) {
    throw invalid('message', 'a text of 1 to 5,000 characters');
  }
  if (confirmDelivery !== undefined && typeof confirmDelivery !== 'boolean')
    throw invalid('confirmDelivery', 'true or false', confirmDelivery);
}

export function checkExtend(request: unknown, now: number): asserts request is ExtendRequest {
  const { term, until } = asObject(request, ['term', 'until']);
  if ((term === undefined) === (until === undefined)) {
    throw asError(
      failure('InvalidRequest', 'extend takes either term or until, exactly one of them', { field: 'term' }),
    );
  }
  if (term !== undefined && parseDuration(term) === undefined) throw invalid('term', DURATION_HINT, term);
  if (until === undefined) return;
  const end = parseUntil(until);
  if (end === undefined) throw invalid('until', UNTIL_HINT, until);
  if (!('at' in end)) return;
  if (end.at <= now) throw invalid('until', 'an instant in the future', until);
  checkEnd('until', end.at, now);
}

/** An end that no timer can wait for would stop the run for good. */
export function checkEnd(field: 'term' | 'until', at: number, now: number): void {
  if (at <= now + FURTHEST_END_MS) return;
  throw asError(failure('InvalidRequest', `${field} must end the lease within 100 years`, { field }));
}

export function checkTerminate(request: unknown): void {
  if (request === undefined || request === null) return;
  const { reason, sameAccount, grace } = asObject(request, ['reason', 'sameAccount', 'grace']);
  if (reason !== undefined && (typeof reason !== 'string' || reason.length > 500)) {
    throw invalid('reason', 'a text of at most 500 characters');
  }
  if (sameAccount !== undefined && typeof sameAccount !== 'boolean')
    throw invalid('sameAccount', 'true or false');
  if (grace !== undefined && parseGrace(grace) === undefined) throw invalid('grace', GRACE_HINT, grace);
}

/** One field, true or false. */
export function checkFlag(request: unknown, field: string): void {
  const flag = asObject(request, [field])[field];
  if (typeof flag !== 'boolean') throw invalid(field, 'true or false', flag);
}

/** No fields at all. */
export function checkNothing(request: unknown): void {
  if (request !== undefined && request !== null) asObject(request, []);
}

/** Nothing new is begun with a lease that is on its way back. */
export function checkOpen({ memory, number }: LeaseRun): void {
  const { ending, phase, grace } = memory;
  if (!ending && !grace && (phase === 'leasing' || phase === 'active')) return;
  const hint = grace && !ending ? '; restore it first' : '';
  const reason = ending?.reason ?? grace?.reason ?? phase;
  throw asError(failure('LeaseNotActive', `the lease on ${number} is ending: ${reason}${hint}`));
}

export function busy(number: string): Failure {
  return failure('Busy', `${number} has as many sends under way as it takes; ask again in a moment`);
}

export function asObject(value: unknown, fields: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw asError(failure('InvalidRequest', `expected one JSON object with the fields ${fields.join(', ')}`));
  }
  const unknown = Object.keys(value).find((field) => !fields.includes(field));
  if (unknown !== undefined) {
    const message = `unknown field ${unknown}; known are ${fields.join(', ')}`;
    throw asError(failure('InvalidRequest', message, { field: unknown }));
  }
  return { ...value };
}

export function invalid(field: string, wanted: string, got?: unknown): ApplicationFailure {
  const shown = typeof got === 'string' ? `, got ${JSON.stringify(got.slice(0, 40))}` : '';
  return asError(failure('InvalidRequest', `${field} must be ${wanted}${shown}`, { field }));
}
