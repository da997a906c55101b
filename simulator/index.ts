import { fastify, type FastifyError, type FastifyInstance } from 'fastify';
import { listen } from '../embedded/listen.js';
import { Refusal } from './account.js';
import type { Clock } from './clock.js';
import type { Dialect } from './dialect.js';
import { registerControlRoutes } from './control-routes.js';
import { createControls, type Controls } from './controls.js';
import type { FaultPlan } from './faults.js';
import { createWorld } from './settings.js';
import type { Activation, Lag } from './state.js';
import { registerVendorRoutes } from './vendor-routes.js';
import type { WebhookOptions } from './webhooks.js';
import type { World } from './world.js';

export type { Clock } from './clock.js';
export type { Controls } from './controls.js';
export type { Fault, FaultedCall, FaultPlan } from './faults.js';
export type { Ledger, LedgerEntry } from './ledger.js';
export { DEMO_API_KEY } from './settings.js';
export type { Lag } from './state.js';

const BODY_LIMIT = 256 * 1024;

export interface SimulatorOptions {
  /** Default 0: a free port. */
  port?: number;
  /** Default loopback: the control routes need no key. */
  host?: string;
  apiKey?: string;
  clock?: Clock;
  /** How far the vendor's clock is ahead of that one (or behind: less than 0), all the time. Default 0. */
  clockSkewMs?: number;
  /** The inventory and every draw depend on it alone. Default 1. */
  seed?: number;
  /** Numbers in all; some nine in ten of them can be leased. Default 600. */
  inventorySize?: number;
  /** Real milliseconds before each answer. */
  latencyMs?: number;
  /** Route, such as `GET /numbers/leases`, → how long its answers take at most, in real milliseconds. */
  answerTimes?: Record<string, number>;
  /** Calls that it takes within any second, the rest answers 429; default 0: as many as come. */
  rate?: number;
  /** How long a terminated number stays leased; default 10 to 20 seconds. */
  termination?: Lag;
  /** How long a new lease shows another status than active, and which; default: it is active at once. */
  activation?: Activation;
  /** How it writes what the documentation leaves open; default: as the documentation shows it. */
  dialect?: Partial<Dialect>;
  /** Where it posts what happens to texts; default: nowhere. */
  webhook?: WebhookOptions;
  /** Until a text shows in the history; default 0. */
  historyLagMs?: number;
  /** Until a text is delivered; default 2 seconds. */
  deliveryMs?: number;
  /** Kept on disk there; loaded from there at the start, and what is given here then holds over what it says. */
  stateFile?: string;
  /** What the account may do; default: lease, and nothing that needs more. */
  entitlements?: Record<string, boolean>;
  faults?: FaultPlan;
}

export interface Simulator {
  url: string;
  apiKey: string;
  controls: Controls;
  close(): Promise<void>;
}

/** Starts a stand-in for the Contiguity API. Rejects with one clear line that names the option that is wrong. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { port = 0, host = '127.0.0.1' } = options;
  const world = createWorld(options);
  const { apiKey } = world.state;
  const controls = createControls(world);
  const server = createServer(world, controls);
  const url = await listen(server, port, host);
  return {
    url,
    apiKey,
    controls,
    close: async () => {
      world.close();
      await server.close();
    },
  };
}

function createServer(world: World, controls: Controls): FastifyInstance {
  const server = fastify({
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, body === '' ? {} : JSON.parse(body as string)); // the vendor's own SDK sends DELETE without a body
    } catch {
      done(new Refusal(400, 'The body is not JSON'));
    }
  });
  // What is no route of the vendor's is answered as a box in front of it would: JSON, but not its envelope.
  server.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'Not Found' }));
  server.setErrorHandler((error: FastifyError | Refusal, _request, reply) => {
    const status = error instanceof Refusal ? error.status : (error.statusCode ?? 500);
    return reply.code(status).send({ error: error.message });
  });
  registerVendorRoutes(server, world);
  registerControlRoutes(server, controls);
  return server;
}
