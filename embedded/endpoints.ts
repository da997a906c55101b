import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { SetupError } from './errors.js';
import { answers } from './ports.js';

/** A stack that has not written its endpoints after this long is not starting: its lock was left by a crash. */
const START_LIMIT_MS = 10 * 60_000;

const endpointsSchema = z.object({
  /** `127.0.0.1:7233`. */
  temporalAddress: z.string(),
  namespace: z.string(),
  uiUrl: z.string(),
  simulatorUrl: z.string(),
  /** The simulator's key, worth nothing anywhere else. */
  apiKey: z.string(),
  /** Of the process that keeps the stack. */
  pid: z.number(),
  workerPid: z.number(),
});
/** Where a running stack listens, as it wrote it down for the other commands. */
export type Endpoints = z.infer<typeof endpointsSchema>;

/** Folder of a project's stack: its state, its logs and its endpoints. */
export const stackFolder = (dir: string): string => join(dir, '.leasehold');
/** Of `npm run cluster`, in the same folder. */
export const CLUSTER = 'cluster';
const endpointsFile = (dir: string): string => join(stackFolder(dir), 'endpoints.json');
const lockFile = (dir: string): string => join(stackFolder(dir), 'lock');

/** The endpoints of the stack that runs in this project folder; undefined where none does. */
export async function readEndpoints(dir: string): Promise<Endpoints | undefined> {
  const text = await readFile(endpointsFile(dir), 'utf8').catch(() => undefined);
  const parsed = endpointsSchema.safeParse(text === undefined ? undefined : parseJson(text));
  if (!parsed.success || !isAlive(parsed.data.pid)) return undefined;
  // A number that another process got since does not make a stack: the server must answer as well.
  return (await answers(parsed.data.temporalAddress)) ? parsed.data : undefined;
}

/** Written beside and moved into place: a reader never sees half of it. */
export async function writeEndpoints(dir: string, endpoints: Endpoints): Promise<void> {
  const draft = `${endpointsFile(dir)}.${process.pid}`;
  await writeFile(draft, `${JSON.stringify(endpoints, undefined, 2)}\n`, { mode: 0o600 });
  await rename(draft, endpointsFile(dir));
}

export async function removeEndpoints(dir: string): Promise<void> {
  await rm(endpointsFile(dir), { force: true });
}

/** Makes this process the one that runs a stack in `dir`; gives the way to let go. Rejects where another one does. */
export async function lockStack(dir: string): Promise<() => Promise<void>> {
  await mkdir(stackFolder(dir), { recursive: true });
  for (let tries = 0; tries < 2; tries++) {
    try {
      await writeFile(lockFile(dir), `${process.pid}`, { flag: 'wx' });
      return () => rm(lockFile(dir), { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
    await dropStaleLock(dir);
  }
  throw new SetupError(`Another command is starting a stack in ${dir}: use that one.`, 2);
}

async function dropStaleLock(dir: string): Promise<void> {
  const running = await readEndpoints(dir);
  if (running) {
    throw new SetupError(
      `A stack runs here already (pid ${running.pid}, UI ${running.uiUrl}): use it, or stop it with Ctrl-C first.`,
      2,
    );
  }
  const pid = Number(await readFile(lockFile(dir), 'utf8').catch(() => '0'));
  if (pid !== process.pid && isAlive(pid) && (await ageMs(lockFile(dir))) < START_LIMIT_MS) {
    throw new SetupError(
      `A stack is starting or stopping here (pid ${pid}): wait for it, or stop it first.`,
      2,
    );
  }
  await rm(lockFile(dir), { force: true });
}

async function ageMs(path: string): Promise<number> {
  const found = await stat(path).catch(() => undefined);
  return found ? Date.now() - found.mtimeMs : Number.POSITIVE_INFINITY;
}

function isAlive(pid: number): boolean {
  if (pid <= 0) return false;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It is there and belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Undefined where the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
