import { BILLING_METHODS, type BillingMethod } from '../domain/number-record.js';
import { E164_HINT, isPhoneNumber } from '../domain/phone-number.js';
import { ContiguityError } from './errors.js';

/** `GET /numbers/{number}`: what an error of a bad argument shows, which must not repeat the argument. */
export type Route = `${'GET' | 'POST' | 'DELETE'} /${string}`;

const HISTORY_AT_MOST = 200;

/** Each check throws a refusal that names the argument and what would be right, before any byte leaves. */
export function checkNumber(route: Route, name: string, value: string): void {
  if (!isPhoneNumber(value)) throw wrong(route, `${name} must be ${E164_HINT}`);
}

export function checkBillingMethod(route: Route, value: BillingMethod | undefined): void {
  if (value === undefined || BILLING_METHODS.includes(value)) return;
  throw wrong(route, `billingMethod must be ${BILLING_METHODS.join(' or ')}`);
}

export function checkText(route: Route, value: string): void {
  if (typeof value !== 'string' || value.trim() === '')
    throw wrong(route, 'message must be a text that is not empty');
}

export function checkLimit(route: Route, value: number): void {
  if (Number.isInteger(value) && value >= 1 && value <= HISTORY_AT_MOST) return;
  throw wrong(route, `limit must be a whole number from 1 to ${HISTORY_AT_MOST}`);
}

/** A name or an id as one segment of a path: not "..", which would be another route. */
export function checkWord(route: Route, name: string, value: string): void {
  if (typeof value === 'string' && /^\w[\w.:-]{0,199}$/.test(value)) return;
  throw wrong(route, `${name} must be one word of at most 200 letters, digits, "_", "-", "." and ":"`);
}

function wrong(route: Route, message: string): ContiguityError {
  const [method = '', path = ''] = route.split(' ');
  return new ContiguityError(method, path, 'refused', { message, byVendor: false, neverSent: true });
}
