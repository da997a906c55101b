import type { NativeConnection, Worker } from '@temporalio/worker';
import { fastify, type FastifyInstance } from 'fastify';
import { ContiguityError, type CallSeen, type Contiguity } from '../contiguity/index.js';
import { ConfigError } from './config.js';
import { pollersOf, type Queue } from './share.js';

/** A question to the server that takes longer counts as no answer. */
const SERVER_LIMIT_MS = 3_000;
/** Answers are kept for so long, so that who asks often costs nothing. */
const KEPT_MS = 5_000;
/** After so long without a call of the worker's own, one is made to see whether the key is still good. */
const KEY_SEEN_WITHIN_MS = 5 * 60_000;
/** A key that was refused is tried again this often. */
const KEY_REFUSED_WITHIN_MS = 30_000;

/** `ok`, or why not. */
interface Checks {
  poller: string;
  temporal: string;
  key: string;
}

/** Watches the worker's own calls: they tell whether the key is good, mostly without one of ours. */
export class KeyWatch {
  private seen: { at: number; good: boolean } | undefined;

  readonly onCall = ({ status }: CallSeen): void => {
    if (status !== undefined && status < 500 && status !== 429)
      this.seen = { at: Date.now(), good: status !== 401 };
  };

  /** An API that does not answer says nothing against the key: the last answer stands. */
  async check(api: Contiguity): Promise<string> {
    const { at = 0, good = true } = this.seen ?? {};
    if (Date.now() - at > (good ? KEY_SEEN_WITHIN_MS : KEY_REFUSED_WITHIN_MS)) {
      await api.entitlements.list().catch((error: unknown) => {
        if (!(error instanceof ContiguityError)) throw error;
      });
    }
    if (!this.seen) return 'the API has not answered yet';
    return this.seen.good ? 'ok' : 'the API refuses it: CONTIGUITY_API_KEY';
  }
}

/** What is looked at: the API from the start, the worker as soon as there is one. */
export interface Watched {
  api: Contiguity;
  key: KeyWatch;
  polling?: Queue & { worker: Worker };
}

/**
 * `/healthz`: 200 while the worker runs or finishes its last calls; another process would do no better for a server that is
 * away. `/readyz`: 200 while it polls, Temporal sees it polling, and the API takes its key; else 503, with the reasons.
 * Ends with the function that is returned.
 */
export async function serveHealth(address: string, watched: Watched): Promise<() => Promise<void>> {
  const server = fastify({ forceCloseConnections: true });
  const ready = kept(() => checksOf(watched));
  server.get('/healthz', (_request, reply) => {
    const state = watched.polling?.worker.getState() ?? 'STARTING';
    const alive = state !== 'FAILED' && state !== 'STOPPED';
    return reply.code(alive ? 200 : 503).send({ alive, state });
  });
  server.get('/readyz', async (_request, reply) => {
    const checks = await ready();
    const isReady = Object.values(checks).every((result) => result === 'ok');
    return reply.code(isReady ? 200 : 503).send({ ready: isReady, checks });
  });
  await listen(server, address);
  return () => server.close().then(() => undefined);
}

async function checksOf({ polling, api, key }: Watched): Promise<Checks> {
  const ofKey = await key.check(api);
  if (!polling) return { poller: 'the worker is starting', temporal: 'not asked yet', key: ofKey };
  const temporal = await temporalSees(polling);
  const { runState, workflowPollerState, activityPollerState } = polling.worker.getStatus();
  const polls =
    runState === 'RUNNING' && workflowPollerState === 'POLLING' && activityPollerState === 'POLLING';
  return { poller: polls ? 'ok' : `the worker is ${runState.toLowerCase()}`, temporal, key: ofKey };
}

/** The server answers, and has this worker among those that poll the queue. */
async function temporalSees(polling: NonNullable<Watched['polling']>): Promise<string> {
  const { connection, worker, taskQueue } = polling;
  try {
    const pollers = await within(connection, () => pollersOf(polling));
    const isSeen = pollers.includes(worker.options.identity);
    return isSeen ? 'ok' : `Temporal does not see it polling ${taskQueue}`;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `does not answer: ${why.split('\n')[0] ?? why}`;
  }
}

function within<T>(connection: NativeConnection, ask: () => Promise<T>): Promise<T> {
  return connection.withDeadline(Date.now() + SERVER_LIMIT_MS, ask);
}

/** The same answer for some seconds, and one question at a time. */
function kept<T>(ask: () => Promise<T>): () => Promise<T> {
  let last: { at: number; answer: Promise<T> } | undefined;
  return () => {
    if (!last || Date.now() - last.at > KEPT_MS) last = { at: Date.now(), answer: ask() };
    return last.answer;
  };
}

async function listen(server: FastifyInstance, address: string): Promise<void> {
  const at = address.lastIndexOf(':');
  const host = address.slice(0, at).replace(/^\[|\]$/g, '');
  try {
    await server.listen({ host, port: Number(address.slice(at + 1)) });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`LEASEHOLD_HEALTH_ADDRESS: nothing can be served at ${address} (${why})`);
  }
}
