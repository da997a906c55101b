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

/** Not one that the system would hand out: that might be anybody's by the time that it is listened at. */
async function freePort(): Promise<number> {
  const [port = 0] = await quietPorts(1);
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

/** Listens there for a moment. */
function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ port, host: HOST }, () => server.close(() => resolve(true)));
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
