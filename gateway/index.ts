import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import {
  fastify,
  LogController,
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
} from 'fastify';
import { Leasehold } from '../client/leasehold.js';
import { TASK_QUEUE } from '../domain/ids.js';
import { callerOf, guard, type AccessOptions } from './access.js';
import { documentPages } from './docs-page.js';
import { health } from './health.js';
import { openApiOf } from './openapi.js';
import type { Operation, Surroundings } from './operation.js';
import { refused, toRefused, type Refused } from './problems.js';
import { OPERATIONS } from './routes/index.js';
import { Waits } from './waiting.js';

/** The largest request brings 700 kB of texts. */
const BODY_LIMIT_BYTES = 1024 * 1024;
/** How long a caller may take to say what he wants. */
const REQUEST_LIMIT_MS = 30_000;
/** A reference of 200 characters, each as long as a percent-encoded one can be. */
const LONGEST_PARAM = 2_000;
const PREFIX = '/v1';
/** Of the interface: it goes up when an answer changes, not when one grows. */
const VERSION = '1.0.0';

export interface GatewayOptions extends AccessOptions {
  client: Client;
  /** The queue that the workers poll; default `leasehold`. */
  taskQueue?: string;
  /** Base URL of the Temporal UI, for links in answers. */
  uiUrl?: string;
  log?: FastifyBaseLogger;
  /** Called with the server before its routes are there; default: nothing more is done. */
  prepare?: (app: FastifyInstance) => void;
}

/**
 * REST over the library; it listens nowhere yet. Whoever makes it may register more: what is under `/v1` asks for a
 * key, what is registered beside it does not. `close()` ends every wait and lets the requests under way finish.
 */
export function createGateway(options: GatewayOptions): FastifyInstance {
  const { client, taskQueue = TASK_QUEUE, uiUrl, log } = options;
  const app = fastify({
    ...(log && { loggerInstance: log }),
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'id' }),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: REQUEST_LIMIT_MS,
    routerOptions: { maxParamLength: LONGEST_PARAM },
    requestIdHeader: false,
    genReqId: () => randomUUID(),
    frameworkErrors: (error, _request, reply) => void tell(reply, toRefused(error)),
  });
  const leasehold = new Leasehold(client, { taskQueue, ...(uiUrl !== undefined && { uiUrl }) }, {});
  const waits = new Waits(client.connection);
  let stopping = false;
  app.addHook('preClose', () => {
    stopping = true;
    waits.stop();
    return Promise.resolve();
  });
  options.prepare?.(app);
  readJsonOnly(app);
  answerWithProblems(app, client.options.loadedDataConverter.payloadCodecs.length > 0);
  logRequests(app);
  documentPages(app, openApiOf(OPERATIONS, VERSION));
  health(app, { client, taskQueue, isStopping: () => stopping });
  app.register(
    async (scope) => {
      await guard(scope, options);
      scope.setNotFoundHandler(() => notFound());
      scope.addHook('onSend', async (_request, reply) => void reply.header('cache-control', 'no-store'));
      for (const operation of OPERATIONS) addRoute(scope, operation, { leasehold, waits });
    },
    { prefix: PREFIX },
  );
  return app;
}

function addRoute(scope: FastifyInstance, operation: Operation, surroundings: Surroundings): void {
  const { method, path, scope: needed } = operation;
  scope.route({
    method,
    url: path.slice(PREFIX.length).replace(/\{(\w+)\}/g, ':$1'),
    config: { scope: needed },
    handler: async (request, reply) => {
      const { status, body, location } = await operation.handle(surroundings, request, reply);
      if (location !== undefined) reply.header('location', location);
      return reply.code(status).send(body);
    },
  });
}

/** A body is JSON or nothing: some programs name a type and send nothing. */
function readJsonOnly(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body === '') done(null, undefined);
    else void parse(request, body as string, done);
  });
}

/** @param encrypts what is kept at Temporal is encrypted: then the log must not quote what somebody asked for */
function answerWithProblems(app: FastifyInstance, encrypts: boolean): void {
  app.setNotFoundHandler(() => notFound());
  app.setErrorHandler((error, request, reply) => {
    const answer = toRefused(error);
    const { status, type } = answer.problem;
    if (status >= 500 && !(error === answer)) {
      request.log.warn(
        { problem: type, reason: encrypts ? nameOf(error) : messageOf(error) },
        'request failed',
      );
    }
    return tell(reply, answer);
  });
}

function notFound(): never {
  throw refused('NotFound');
}

function tell(reply: FastifyReply, { problem, headers }: Refused): FastifyReply {
  return reply
    .code(problem.status)
    .headers(headers)
    .type('application/problem+json')
    .send(JSON.stringify(problem));
}

/** Routes, not URLs: those hold numbers and references. */
function logRequests(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'request-id': request.id, 'x-content-type-options': 'nosniff' });
  });
  app.addHook('onResponse', async (request, reply) => {
    const { method, routeOptions } = request;
    const ms = Math.round(reply.elapsedTime);
    const facts = {
      method,
      route: routeOptions.url,
      status: reply.statusCode,
      ms,
      key: callerOf(request),
    };
    const isNoise = routeOptions.config.scope === undefined && reply.statusCode < 400;
    request.log[isNoise ? 'debug' : 'info'](facts, 'request');
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : 'unknown';
}
