/** A service of the user's that is told of events. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import type { LeaseEvent } from '../../domain/events.js';

interface Told {
  headers: IncomingHttpHeaders;
  body: Buffer;
}

/** Takes events until the test ends; the first answers are the ones that are given. */
export async function eventService(...answers: number[]) {
  const told: Told[] = [];
  const server = createServer((request, reply) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      told.push({ headers: request.headers, body: Buffer.concat(chunks) });
      reply.writeHead(answers.shift() ?? 204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`;
  const events = () => told.map(({ body }) => JSON.parse(body.toString()) as LeaseEvent);
  return { url, told, events };
}
