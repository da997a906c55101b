import { fastify, type FastifyError, type FastifyInstance } from 'fastify';
import { Refusal } from './account.js';
import { systemClock, type Clock } from './clock.js';
import { registerControlRoutes } from './control-routes.js';
import { createControls, type Controls } from './controls.js';
import type { FaultPlan } from './faults.js';
import { freshState, loadState, type Lag } from './state.js';
import { registerVendorRoutes } from './vendor-routes.js';
import { World } from './world.js';

export type { Clock } from './clock.js';
export type { Controls } from './controls.js';
export type { Fault, FaultedCall, FaultPlan } from './faults.js';
export type { Actor, Ledger, LedgerEntry } from './ledger.js';
export type { Lag } from './state.js';

/** The key of the simulated account unless another is given. It opens nothing but simulators. */
export const DEMO_API_KEY = 'contiguity_sk_simulator';

export interface SimulatorOptions {
  /** Default 0: a free port. */
  port?: number;
  /** Default loopback: the control routes need no key. */
  host?: string;
  apiKey?: string;
  clock?: Clock;
  /** The inventory and every draw depend on it alone. Default 1. */
  seed?: number;
  inventorySize?: number;
  /** Real milliseconds before each answer. */
  latencyMs?: number;
  /** How long a terminated number stays leased; default 10 to 20 seconds. */
  termination?: Lag;
  /** Until a text shows in the history; default 0. */
  historyLagMs?: number;
  /** Until a text is delivered; default 2 seconds. */
  deliveryMs?: number;
  /** Kept on disk there; loaded from there at the start. */
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

const DEFAULTS = {
  seed: 1,
  inventorySize: 600,
  apiKey: DEMO_API_KEY,
  termination: { minMs: 10_000, maxMs: 20_000 },
};
const ENTITLEMENTS = {
  lease: true,
  fast_track: false,
  identity: true,
  imessage: false,
  whatsapp: false,
  enterprise: false,
  service_contract: false,
};
const BODY_LIMIT = 256 * 1024;

/** Starts a stand-in for the Contiguity API. Rejects with one clear line where the port is taken. */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const {
    port = 0,
    host = '127.0.0.1',
    clock = systemClock,
    latencyMs = 0,
    historyLagMs = 0,
    deliveryMs = 2_000,
  } = options;
  const { stateFile, faults, entitlements, ...rest } = options;
  const state =
    (stateFile === undefined ? undefined : loadState(stateFile)) ??
    freshState({ ...DEFAULTS, ...rest, entitlements: { ...ENTITLEMENTS, ...entitlements } });
  const kept = { ...(stateFile !== undefined && { stateFile }), ...(faults && { faults }) };
  const world = new World({ clock, latencyMs, historyLagMs, deliveryMs, ...kept }, state);
  const controls = createControls(world);
  const server = createServer(world, controls);
  await listen(server, port, host);
  const address = server.server.address();
  const listening = typeof address === 'object' && address ? address.port : port;
  return {
    url: `http://${host}:${listening}`,
    apiKey: state.apiKey,
    controls,
    close: async () => {
      await server.close();
      world.save();
    },
  };
}

function createServer(world: World, controls: Controls): FastifyInstance {
  const server = fastify({
    bodyLimit: BODY_LIMIT,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 200 },
  });
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
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

async function listen(server: FastifyInstance, port: number, host: string): Promise<void> {
  try {
    await server.listen({ port, host });
  } catch (error) {
    const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (!inUse) throw error;
    throw new Error(`port ${port} is in use; give another one with --port, or 0 for any free one`);
  }
}
