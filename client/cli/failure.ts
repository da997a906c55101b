import { CommanderError } from 'commander';
import { ContiguityError } from '../../contiguity/index.js';
import { ConfigError } from '../../worker/config.js';
import { SetupError } from '../../embedded/errors.js';
import type { LimitReached } from '../../domain/failures.js';
import { InvalidRequestError } from '../../domain/invalid-request.js';
import { LeaseholdError } from '../errors.js';
import { Found, WrongUse } from './wrong-use.js';

/** What a command that did not work says, and its exit code: 1 it failed, 2 it was asked for or set up wrongly, 3 it found something. */
export interface CommandFailure {
  type: string;
  message: string;
  field?: string;
  agreementUrl?: string;
  limit?: LimitReached;
  exitCode: 1 | 2 | 3;
}

const WRONG_USE = new Set(['InvalidRequest', 'NotSetUp', 'Unreachable', 'Unauthorized']);

export function commandFailure(error: unknown): CommandFailure {
  if (error instanceof LeaseholdError) return fromLeasehold(error);
  if (error instanceof InvalidRequestError) {
    return { type: 'InvalidRequest', message: error.message, field: error.field, exitCode: 2 };
  }
  if (error instanceof WrongUse || error instanceof CommanderError) {
    return { type: 'WrongUse', message: oneLine(error.message.replace(/^error: /, '')), exitCode: 2 };
  }
  if (error instanceof Found) return { type: 'Found', message: error.message, exitCode: 3 };
  if (error instanceof SetupError)
    return { type: 'SetupError', message: error.message, exitCode: error.exitCode };
  if (error instanceof ContiguityError) return fromApi(error);
  return fromOther(error);
}

function fromLeasehold({ type, message, field, agreementUrl, limit }: LeaseholdError): CommandFailure {
  return {
    type,
    message,
    ...(field !== undefined && { field }),
    ...(agreementUrl !== undefined && { agreementUrl }),
    ...(limit && { limit }),
    exitCode: WRONG_USE.has(type) ? 2 : 1,
  };
}

function fromApi(error: ContiguityError): CommandFailure {
  const { agreementUrl } = error.facts;
  const message = `the Contiguity API did not do it: ${oneLine(error.message)}`;
  if (error.status === 401)
    return { type: 'Unauthorized', message: `${message} (CONTIGUITY_API_KEY)`, exitCode: 2 };
  if (error.status === 403) {
    return {
      type: 'AccountRestricted',
      message,
      ...(agreementUrl !== undefined && { agreementUrl }),
      exitCode: 1,
    };
  }
  return { type: 'UnexpectedResponse', message, exitCode: error.facts.neverSent ? 2 : 1 };
}

function fromOther(error: unknown): CommandFailure {
  const message = oneLine(error instanceof Error ? error.message : String(error));
  const named =
    error instanceof ConfigError || (error instanceof Error && /^port \d+ is in use/.test(message));
  return { type: named ? 'WrongUse' : 'Failed', message, exitCode: named ? 2 : 1 };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}
