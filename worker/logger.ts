import { DefaultLogger, type LogEntry, type LogLevel } from '@temporalio/worker';
import { pino, type Logger } from 'pino';
import type { WorkerConfig } from './config.js';

/** One JSON line an event. Activities log facts of calls only, in which recipients are masked. */
export function createLogger(level: WorkerConfig['logLevel']): Logger {
  return pino({ level, base: { pid: process.pid } });
}

const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** Temporal's own log lines, and those of activities and workflows, through the same logger. */
export function temporalLogger(logger: Logger, level: WorkerConfig['logLevel']): DefaultLogger {
  return new DefaultLogger(level.toUpperCase() as LogLevel, ({ level: at, message, meta }: LogEntry) => {
    logger[LEVELS[at]](plain(meta), message);
  });
}

/** The fields that tell which run and step it was; the rest of Temporal's context is noise. */
function plain(meta: LogEntry['meta'] = {}): Record<string, unknown> {
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
  const message = error instanceof Error ? error.message : error;
  return {
    ...(workflowId !== undefined && { workflowId, runId }),
    ...(activityType !== undefined && { activityType, attempt }),
    ...(message !== undefined && { error: message }),
    ...facts,
  };
}
