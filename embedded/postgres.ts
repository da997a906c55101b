import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, open, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild, type Child } from './child.js';
import { SetupError } from './errors.js';
import { HOST, answers } from './ports.js';
import { isExecutable, onPath, runProgram, type Account } from './programs.js';

/** Where Debian keeps each major version's programs: not on the PATH. */
const DEBIAN = '/usr/lib/postgresql';
/** Debian's package makes it: PostgreSQL does not run as root. */
const ACCOUNT = 'postgres';
/** The oldest that Temporal's schema is written for. */
const OLDEST = 12;
const INITDB_LIMIT_MS = 60_000;
const READY_LIMIT_MS = 30_000;
/** Each of the server's four services has pools of its own. */
const MAX_CONNECTIONS = 200;

export const POSTGRES_USER = 'temporal';

export interface PostgresPrograms {
  initdb: string;
  postgres: string;
  /** `postgres (PostgreSQL) 15.14 (Debian …)`. */
  version: string;
  /** Of whom it runs as; undefined: as we do. */
  account: Account | undefined;
}

/** PostgreSQL's own programs: those on the PATH, else Debian's newest. Rejects with `SetupError` that says what to install. */
export async function findPostgres(
  env: NodeJS.ProcessEnv = process.env,
  debian = DEBIAN,
): Promise<PostgresPrograms> {
  const found = onPath('postgres', env);
  const folders = [...(found === undefined ? [] : [dirname(found)]), ...(await debianFolders(debian))];
  const folder = folders.find((each) =>
    ['initdb', 'postgres'].every((name) => isExecutable(join(each, name))),
  );
  if (folder === undefined)
    throw new SetupError(
      `PostgreSQL ${OLDEST} or newer is not installed: "initdb" and "postgres" are neither on the PATH nor below ${debian}. On Debian: apt-get install postgresql.`,
    );
  const [initdb, postgres] = [join(folder, 'initdb'), join(folder, 'postgres')];
  const version = (await runProgram(postgres, ['--version'], { env, timeoutMs: 10_000 })).trim();
  if (Number(/\) (\d+)/.exec(version)?.[1] ?? 0) < OLDEST)
    throw new SetupError(`PostgreSQL ${OLDEST} or newer is needed; ${postgres} is ${version}.`);
  return { initdb, postgres, version, account: await accountToRunAs() };
}

/** Newest version first. */
async function debianFolders(debian: string): Promise<string[]> {
  const versions = await readdir(debian).catch(() => []);
  return versions.toSorted((a, b) => Number(b) - Number(a)).map((version) => join(debian, version, 'bin'));
}

async function accountToRunAs(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const idOf = async (flag: string) => Number(await runProgram('id', [flag, ACCOUNT], { timeoutMs: 5_000 }));
  try {
    return { uid: await idOf('-u'), gid: await idOf('-g') };
  } catch {
    throw new SetupError(
      `PostgreSQL does not run as root, and there is no user "${ACCOUNT}" to run it as: create that user (Debian's package postgresql does), or run this as another user than root.`,
    );
  }
}

export interface PostgresOptions {
  programs: PostgresPrograms;
  /** Holds the data and the password; kept between starts. */
  folder: string;
  port: number;
  logFile: string;
}

export interface Postgres {
  port: number;
  /** Of `POSTGRES_USER`. */
  password: string;
  pid: number;
  exited: Child['exited'];
  /** Ends it in order, whoever is connected. */
  stop(): Promise<void>;
}

/** Makes a database cluster in a folder that has none yet: listens on this machine only, asks for a password. */
export async function initPostgres({ programs, folder }: PostgresOptions): Promise<void> {
  const { account } = programs;
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o700);
  const passwordFile = passwordFileOf(folder);
  await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (account) {
    await chown(folder, account.uid, account.gid);
    await chown(passwordFile, account.uid, account.gid);
  }
  const args = ['-D', dataOf(folder), '-U', POSTGRES_USER, '-A', 'scram-sha-256', '--pwfile', passwordFile];
  try {
    await runProgram(programs.initdb, [...args, '-E', 'UTF8', '--locale', 'C'], {
      timeoutMs: INITDB_LIMIT_MS,
      account,
      cwd: '/',
    });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const who = account ? ` It runs as the user "${ACCOUNT}", who must be able to enter the folder.` : '';
    throw new SetupError(`PostgreSQL could not make its databases in ${folder}: ${why}.${who}`);
  }
}

/** Starts it on a folder that `initPostgres` made; resolves when it takes connections. Ends with this process. */
export async function startPostgres({ programs, folder, port, logFile }: PostgresOptions): Promise<Postgres> {
  const password = await readFile(passwordFileOf(folder), 'utf8');
  const settings = [
    `listen_addresses=${HOST}`,
    'unix_socket_directories=',
    `max_connections=${MAX_CONNECTIONS}`,
  ];
  const args = ['-D', dataOf(folder), '-p', `${port}`, ...settings.flatMap((setting) => ['-c', setting])];
  const log = await open(logFile, 'a');
  const { account } = programs;
  const child = await startChild(programs.postgres, args, {
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
    stdio: ['ignore', log.fd, log.fd],
    cwd: '/',
    ...(account && { account }),
  }).finally(() => log.close());
  const stop = async (): Promise<void> => {
    child.process.kill('SIGINT'); // its fast way to end; SIGTERM would wait until everybody has gone
    await child.stop();
  };
  try {
    await untilReady(`${HOST}:${port}`, child, logFile);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, password, pid: child.pid, exited: child.exited, stop };
}

const dataOf = (folder: string): string => join(folder, 'data');
const passwordFileOf = (folder: string): string => join(folder, 'password');

async function untilReady(address: string, child: Child, logFile: string): Promise<void> {
  const deadline = Date.now() + READY_LIMIT_MS;
  while (Date.now() < deadline) {
    if (!child.isRunning()) throw new Error(`PostgreSQL ended while it started: ${await lastWords(logFile)}`);
    if (await answers(address)) return;
    await sleep(50);
  }
  throw new Error(
    `PostgreSQL at ${address} did not answer within ${READY_LIMIT_MS / 1000} s: see ${logFile}`,
  );
}

/** `… FATAL:  lock file "postmaster.pid" already exists HINT:  Is another postmaster running …?` */
async function lastWords(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8')).trim().split('\n').slice(-2);
  return `${lines.join(' ')} (${logFile})`;
}
