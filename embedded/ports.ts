import { randomInt } from 'node:crypto';
import { createServer, connect } from 'node:net';
import { SetupError } from './errors.js';

export const HOST = '127.0.0.1';

/** A port that somebody asked for by name is theirs or an error; a default gives way to a free one. */
export interface PortWish {
  asked?: number | undefined;
  byDefault?: number;
  /** What listens there, for the message. */
  what: string;
}

/** The port asked for (0: any that is free), else the default, else any that is free. */
export async function choosePort({ asked, byDefault = 0, what }: PortWish): Promise<number> {
  const port = asked ?? byDefault;
  if (port === 0) return freePort();
  if (await isFree(port)) return port;
  if (asked === undefined) return freePort();
  throw new SetupError(
    `Port ${asked} for ${what} is in use: name another one, or none to take any that is free.`,
    2,
  );
}

async function freePort(): Promise<number> {
  const port = await tryListen(0);
  if (port === undefined) throw new SetupError('No free port could be had on 127.0.0.1.');
  return port;
}

/** Below what systems hand out by themselves, and above what programs are known to want. */
const QUIET_FROM = 15_000;
const QUIET_TO = 32_000;

/** So many free ports, each another one, that nobody is handed by chance. All are below 32768. */
export async function quietPorts(count: number): Promise<number[]> {
  const found = new Set<number>();
  for (let tries = 0; found.size < count; tries++) {
    if (tries > count * 50) throw new SetupError(`${count} free ports could not be had on ${HOST}.`);
    const port = randomInt(QUIET_FROM, QUIET_TO);
    if (await isFree(port)) found.add(port);
  }
  return [...found];
}

async function isFree(port: number): Promise<boolean> {
  return (await tryListen(port)) !== undefined;
}

/** Listens for a moment; the port that it got, or undefined. */
function tryListen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: HOST }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? address?.port : undefined));
    });
  });
}

/** Whether somebody listens at `host:port`. */
export function answers(address: string, timeoutMs = 500): Promise<boolean> {
  const [host = HOST, port = ''] = address.split(':');
  return new Promise((resolve) => {
    const socket = connect({ host, port: Number(port), timeout: timeoutMs });
    const settle = (result: boolean) => () => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', settle(true)).once('error', settle(false)).once('timeout', settle(false));
  });
}
