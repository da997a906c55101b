import type { z } from 'zod';
import { failure, type Failure } from './failures.js';

/** A request that cannot be meant: which field, what it must be and what it is, in one line. */
export class InvalidRequestError extends Error {
  override readonly name = 'InvalidRequestError';
  readonly failure: Failure;

  constructor(
    message: string,
    /** Path of the wrong field, such as `messages[0].to`; empty where the request as a whole is wrong. */
    readonly field: string,
  ) {
    super(message);
    this.failure = failure('InvalidRequest', message, field ? { field } : {});
  }
}

interface Problem {
  field: string;
  text: string;
}

/** The first problem in full, and how many more there are. */
export function invalidRequest(issues: z.core.$ZodIssue[], input: unknown): InvalidRequestError {
  const [first = { field: '', text: 'the request is not valid' }, ...others] = issues.flatMap((issue) =>
    problemsOf(issue, input),
  );
  const more =
    others.length > 0 ? ` (and ${others.length} more ${others.length > 1 ? 'problems' : 'problem'})` : '';
  return new InvalidRequestError(first.text + more, first.field);
}

function problemsOf(issue: z.core.$ZodIssue, input: unknown): Problem[] {
  const { message } = issue;
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const field = fieldPath([...issue.path, key]);
      return { field, text: `${field} ${message}` };
    });
  }
  const field = fieldPath(issue.path);
  const name = field || 'the request';
  if (!message.startsWith('must ')) return [{ field, text: `${name} ${message}` }];
  const value = issue.path.reduce<unknown>(at, input);
  if (value === undefined) return [{ field, text: `${name} is missing: it ${message}` }];
  return [{ field, text: `${name} ${message}, got ${shown(value, field)}` }];
}

function at(value: unknown, key: PropertyKey): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined;
}

/** `['messages', 0, 'to']` as `messages[0].to`. */
function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text ? `${text}.${String(key)}` : String(key);
  }, '');
}

/** A value fit for one line. What a message says is nobody's business, its length is enough. */
function shown(value: unknown, field: string): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'string' && (value.length > 80 || /(^|\.)message$/.test(field))) {
    return `${value.length} characters`;
  }
  return JSON.stringify(value);
}
