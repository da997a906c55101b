import { ApplicationFailure } from '@temporalio/common';
import { DefaultLogger, type LogEntry, type LogLevel } from '@temporalio/worker';
import { pino, type Logger } from 'pino';
import type { WorkerConfig } from './config.js';

/** One JSON line an event. Activities log facts of calls only, in which recipients are masked. */
export function createLogger(level: WorkerConfig['logLevel']): Logger {
  return pino({ level, base: { pid: process.pid } });
}

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/**
 * Temporal's own log lines, and those of activities and workflows, through the same logger.
 * @param discreet of an error only its type is logged: its message may quote what somebody asked for
 */
export function temporalLogger(
  logger: Logger,
  level: WorkerConfig['logLevel'],
  discreet: boolean,
): DefaultLogger {
  return new DefaultLogger(level.toUpperCase() as LogLevel, ({ level: at, message, meta }: LogEntry) => {
    logger[LEVELS[at]](plain(meta, discreet), message);
  });
}

/** The fields that tell which run and step it was; the rest of Temporal's context is noise. */
function plain(meta: LogEntry['meta'] = {}, discreet: boolean): Record<string, unknown> {
  const { error, workflowId, runId, activityType, attempt, ...rest } = meta as Record<string, unknown>;
  const noise = [
    'sdkComponent',
    'taskQueue',
    'namespace',
    'workflowType',
    'activityId',
    'isLocal',
    'taskToken',
  ];
  const facts = Object.fromEntries(Object.entries(rest).filter(([key]) => !noise.includes(key)));
  return {
    ...(workflowId !== undefined && { workflowId, runId }),
    ...(activityType !== undefined && { activityType, attempt }),
    ...(error !== undefined && { error: discreet ? typeOf(error) : inWords(error) }),
    ...facts,
  };
}

function inWords(error: unknown): unknown {
  return error instanceof Error ? error.message : error;
}

function typeOf(error: unknown): string {
  if (error instanceof ApplicationFailure && error.type) return error.type;
  return error instanceof Error ? error.name : typeof error;
}
