import type { ClientConnectConfig } from '@temporalio/envconfig';
import { z } from 'zod';
import { readTemporalSettings } from '../client/temporal-settings.js';
import { readKeyring, type Keyring } from '../codec/keys.js';
import { TASK_QUEUE } from '../domain/ids.js';
import type { SpendingLimits } from '../domain/spending.js';
import { readLimits } from './limits.js';
import { DEPLOYMENT, type Version } from './version.js';

/** What a worker process needs beside Temporal's own settings. */
export interface WorkerConfig {
  apiKey: string;
  /** Unset: the real API. */
  baseUrl?: string;
  taskQueue: string;
  logLevel: 'debug' | 'info' | 'warn' | 'error';
  /** Where Temporal is and how to get in. */
  temporal: ClientConnectConfig;
  /** Calls to the API a second, of all workers together; unset: as many as it takes. */
  apiRate?: number;
  /** Lease statuses that mean "over", besides the vendor's own words. */
  overStatuses?: string[];
  /** Where services are told of state changes and deliveries, and what the calls are signed with; unset: nowhere. */
  events?: { url: string; secret: string };
  /** Unset: nothing is limited beside what each request says. */
  limits?: SpendingLimits;
  /** `host:port` at which metrics are served for Prometheus; unset: nowhere. */
  metricsAddress?: string;
  /** `host:port` at which `/healthz` and `/readyz` are served; unset: nowhere. */
  healthAddress?: string;
  /** Unset: what is kept at Temporal is readable there. */
  keyring?: Keyring;
  /** Unset: the worker takes the work of every run, as all workers without a version do. */
  version?: Version;
}

/** A configuration that cannot work: every problem in one message, each with its variable and never with a secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const httpUrl = z.url({
  protocol: /^https?$/,
  error: 'must be an http or https URL such as "http://127.0.0.1:4010"',
});

const address = z.string().regex(/^([\w.-]+|\[[\da-f:]+\]):\d{1,5}$/i, {
  error: 'must be host:port, such as "127.0.0.1:9464"',
});

/** What each is for is told here: docs/reference/environment.md is made of it. */
export const workerSettings = z.object({
  CONTIGUITY_API_KEY: z
    .string({ error: 'is not set: the API key of the Contiguity account' })
    .regex(/^\S+$/, { error: 'must be one word, without spaces or line breaks' })
    .describe('the API key of the Contiguity account, a secret'),
  CONTIGUITY_BASE_URL: httpUrl.optional().describe('where the API answers'),
  LEASEHOLD_TASK_QUEUE: z
    .string()
    .min(1)
    .default(TASK_QUEUE)
    .describe('the task queue; workers and those who ask them need the same'),
  LEASEHOLD_LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'], { error: 'must be debug, info, warn or error' })
    .default('info')
    .describe('how much is logged'),
  LEASEHOLD_API_RATE: z
    .string()
    .transform(Number)
    .refine((rate) => rate > 0 && rate <= 10_000, {
      error: 'must be calls a second, above 0 and at most 10000, such as "20"',
    })
    .optional()
    .describe('how often the API is called, by all workers together'),
  LEASEHOLD_OVER_STATUSES: z
    .string()
    .transform((list) => list.split(',').map((word) => word.trim()))
    .refine((words) => words.every((word) => /^[\w-]+$/.test(word)), {
      error: 'must be words separated by commas, such as "ended,closed"',
    })
    .optional()
    .describe('lease statuses that mean "over", besides `expired` and `terminated`'),
  LEASEHOLD_EVENTS_URL: httpUrl
    .optional()
    .describe('where services are told of state changes, deliveries and incoming texts'),
  LEASEHOLD_EVENTS_SECRET: z
    .string()
    .min(16, { error: 'must have at least 16 characters' })
    .optional()
    .describe('what those calls are signed with, a secret; given with the URL or not at all'),
  LEASEHOLD_METRICS_ADDRESS: address.optional().describe('where `/metrics` is served for Prometheus'),
  LEASEHOLD_HEALTH_ADDRESS: address.optional().describe('where `/healthz` and `/readyz` are served'),
  LEASEHOLD_DEPLOYMENT: z
    .string()
    .regex(/^[\w-]{1,100}$/, { error: 'must be letters, digits, "-" and "_", such as "leasehold"' })
    .optional()
    .describe('what the workers are versions of; a worker that has it needs `LEASEHOLD_BUILD_ID`'),
  LEASEHOLD_BUILD_ID: z
    .string()
    .regex(/^[\w.+-]{1,100}$/, { error: 'must be letters, digits and ".+-_", such as "1.4.0" or a commit' })
    .optional()
    .describe('which version this worker is'),
  LEASEHOLD_LIMITS: z
    .string()
    .transform((given, context) => {
      const read = readLimits(given);
      if ('limits' in read) return read.limits;
      context.addIssue({ code: 'custom', message: read.problem });
      return z.NEVER;
    })
    .optional()
    .describe('what may be held and spent in all: JSON, or the path of a file with it'),
});

/** Half of the settings for events tells nobody of anything, and a deployment without a build is no version. */
const whole = workerSettings.superRefine((data, context) => {
  if (data.LEASEHOLD_DEPLOYMENT !== undefined && data.LEASEHOLD_BUILD_ID === undefined) {
    const unset = 'is not set: LEASEHOLD_DEPLOYMENT needs it';
    context.addIssue({ code: 'custom', path: ['LEASEHOLD_BUILD_ID'], message: unset });
  }
  const { LEASEHOLD_EVENTS_URL: url, LEASEHOLD_EVENTS_SECRET: secret } = data;
  if ((url === undefined) === (secret === undefined)) return;
  const [missing, given] = url === undefined ? ['URL', 'SECRET'] : ['SECRET', 'URL'];
  const message = `is not set: LEASEHOLD_EVENTS_${given} needs it`;
  context.addIssue({ code: 'custom', path: [`LEASEHOLD_EVENTS_${missing}`], message });
});

type Events = Pick<z.infer<typeof workerSettings>, 'LEASEHOLD_EVENTS_URL' | 'LEASEHOLD_EVENTS_SECRET'>;

function eventsOf({ LEASEHOLD_EVENTS_URL: url, LEASEHOLD_EVENTS_SECRET: secret }: Events) {
  return url === undefined || secret === undefined ? {} : { events: { url, secret } };
}

type Versioned = Pick<z.infer<typeof workerSettings>, 'LEASEHOLD_DEPLOYMENT' | 'LEASEHOLD_BUILD_ID'>;

function versionOf({
  LEASEHOLD_DEPLOYMENT: deploymentName = DEPLOYMENT,
  LEASEHOLD_BUILD_ID: buildId,
}: Versioned) {
  return buildId === undefined ? {} : { version: { deploymentName, buildId } };
}

/** Reads the environment; an empty value counts as not set. Throws `ConfigError`. */
export function readConfig(env: NodeJS.ProcessEnv): WorkerConfig {
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = whole.safeParse(given);
  const encryption = readKeyring(given);
  const temporal = readTemporalSettings(given);
  const problems = (parsed.error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`);
  if ('problem' in encryption) problems.push(encryption.problem);
  if ('problem' in temporal) problems.push(temporal.problem);
  if (!parsed.success || 'problem' in encryption || 'problem' in temporal)
    throw new ConfigError(problems.join('\n'));
  const { data } = parsed;
  const { keyring } = encryption;
  return {
    apiKey: data.CONTIGUITY_API_KEY,
    ...(data.CONTIGUITY_BASE_URL !== undefined && { baseUrl: data.CONTIGUITY_BASE_URL }),
    taskQueue: data.LEASEHOLD_TASK_QUEUE,
    logLevel: data.LEASEHOLD_LOG_LEVEL,
    temporal: temporal.settings,
    ...(data.LEASEHOLD_API_RATE !== undefined && { apiRate: data.LEASEHOLD_API_RATE }),
    ...(data.LEASEHOLD_OVER_STATUSES && { overStatuses: data.LEASEHOLD_OVER_STATUSES }),
    ...eventsOf(data),
    ...(data.LEASEHOLD_LIMITS && { limits: data.LEASEHOLD_LIMITS }),
    ...(data.LEASEHOLD_METRICS_ADDRESS && { metricsAddress: data.LEASEHOLD_METRICS_ADDRESS }),
    ...(data.LEASEHOLD_HEALTH_ADDRESS && { healthAddress: data.LEASEHOLD_HEALTH_ADDRESS }),
    ...(keyring && { keyring }),
    ...versionOf(data),
  };
}
