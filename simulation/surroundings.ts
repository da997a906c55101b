import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { createGateway } from '../gateway/index.js';
import { handOnTexts } from '../gateway/webhooks/hand-on.js';
import { WEBHOOK_PATH, webhooks } from '../gateway/webhooks/index.js';
import { draw } from '../simulator/draw.js';
import type { WebhookOptions } from '../simulator/webhooks.js';
import type { SeedWorld } from './draw-world.js';
import type { Stage } from './stage.js';

const SECRET = 'the secret of a simulation';
const SLOW_MS = 300;

interface EventReceiver {
  url: string;
  secret: string;
  /** From now on it takes everything. */
  calm(): void;
  close(): void;
}

/** The service that events are posted to: slow, away, or refusing, as it is drawn. */
async function openEventReceiver(seed: number): Promise<EventReceiver> {
  let [nth, isCalm] = [0, false];
  const server = createServer((request, response) => {
    nth += 1;
    const fate = isCalm ? 1 : draw(seed, 'event', nth);
    request.resume();
    if (fate < 0.1) request.socket.destroy();
    else
      void delay(fate < 0.2 ? SLOW_MS : 0).then(() => {
        response.writeHead(fate < 0.3 ? 503 : 204).end();
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
    secret: SECRET,
    calm: () => void (isCalm = true),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface WebhookGateway {
  webhook: WebhookOptions;
  close(): Promise<void>;
}

/** The gateway as it ships, for the vendor's webhooks alone. */
async function openWebhookGateway(
  client: Client,
  taskQueue: string,
  how: Pick<WebhookOptions, 'maxLateMs' | 'doubled'>,
  handsOn: boolean,
): Promise<WebhookGateway> {
  const app = createGateway({ client, taskQueue, rate: 10_000, concurrency: 100 });
  webhooks(app, { client, secrets: [SECRET], ...(handsOn && { handOn: handOnTexts(client, taskQueue) }) });
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  return {
    webhook: { url: `${url}${WEBHOOK_PATH}`, secret: SECRET, ...how },
    close: async () => {
      await app.close();
    },
  };
}

/** What a seed has around the product, beside its vendor. */
export interface Surroundings {
  receiver?: EventReceiver;
  gateway?: WebhookGateway;
  close(): Promise<void>;
}

export async function openSurroundings(
  stage: Stage,
  { tellsEvents, webhooks: how }: SeedWorld,
  seed: number,
): Promise<Surroundings> {
  const receiver = tellsEvents ? await openEventReceiver(seed) : undefined;
  const gateway = how && (await openWebhookGateway(stage.client({}), stage.taskQueue, how, tellsEvents));
  return {
    ...(receiver && { receiver }),
    ...(gateway && { gateway }),
    close: async () => {
      receiver?.close();
      await gateway?.close();
    },
  };
}
