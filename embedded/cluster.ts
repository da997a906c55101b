/**
 * A Temporal cluster as one would run it oneself: the server of clusters on a PostgreSQL, both on this machine. It is to the
 * development server what a production database is to a file.
 */
import { chmod, mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startChild, type Child, type ChildExit } from './child.js';
import { CONFIG_NAME, DATABASES, PORTS, writeClusterConfig, type ClusterConfig } from './cluster-config.js';
import { openNamespace } from './cluster-namespace.js';
import { findClusterPrograms, SERVER_VERSION, type ClusterPrograms } from './cluster-programs.js';
import { SetupError } from './errors.js';
import { HOST, choosePort, quietPorts } from './ports.js';
import {
  findPostgres,
  initPostgres,
  POSTGRES_USER,
  startPostgres,
  type Postgres,
  type PostgresPrograms,
} from './postgres.js';
import { runProgram, withoutTemporal, type Report } from './programs.js';

/** Tries with fresh ports, as a free port can be taken by somebody else before the server has it. */
const TRIES = 3;
const PAUSE_MS = 1_000;
const SCHEMA_LIMIT_MS = 120_000;
const NAMESPACE = 'default';

export interface ClusterOptions {
  /** Keeps everything: databases, configuration, logs. Made where it is missing. */
  dir: string;
  /** For clients: 0, any that is free; undefined, 7233 or any that is free; another one that is taken is an error. */
  port?: number | undefined;
  settings?: ClusterConfig['settings'];
  env?: NodeJS.ProcessEnv;
  report: Report;
}

export interface Cluster {
  /** `127.0.0.1:7233`. */
  address: string;
  namespace: string;
  /** `127.0.0.1:5432`. */
  postgresAddress: string;
  /** What it is, in words: versions of server and database. */
  about: string;
  /** Of Temporal's server. */
  pid: number;
  postgresPid: number;
  /** When either of the two has ended. */
  exited: Promise<ChildExit>;
  /** Ends Temporal's server, then PostgreSQL. State stays. */
  stop(): Promise<void>;
}

/**
 * Starts a cluster with namespace and search attributes; resolves when it serves. Ends with this process. Rejects with
 * `SetupError` for what a person can mend.
 */
export async function startCluster(options: ClusterOptions): Promise<Cluster> {
  const postgres = await findPostgres(options.env);
  const programs = await findClusterPrograms(options);
  await mkdir(options.dir, { recursive: true });
  for (let tries = 1; ; tries++) {
    try {
      return await startOnce(options, postgres, programs);
    } catch (error) {
      if (error instanceof SetupError) throw error;
      if (tries === TRIES) throw new SetupError(error instanceof Error ? error.message : String(error));
      await sleep(PAUSE_MS); // a PostgreSQL that was killed may still be going
    }
  }
}

/** In a folder of its own, which goes when it ends: for tests and measurements. */
export async function startTemporaryCluster(options: Omit<ClusterOptions, 'dir' | 'port'>): Promise<Cluster> {
  const dir = await mkdtemp(join(tmpdir(), 'leasehold-cluster-'));
  await chmod(dir, 0o755); // PostgreSQL may run as another user, who must get to its own folder below
  const remove = () => rm(dir, { recursive: true });
  try {
    const cluster = await startCluster({ ...options, dir, port: 0 });
    return { ...cluster, stop: () => cluster.stop().then(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
}

async function startOnce(
  options: ClusterOptions,
  postgresPrograms: PostgresPrograms,
  programs: ClusterPrograms,
): Promise<Cluster> {
  const { dir } = options;
  const postgres = await openPostgres(options, postgresPrograms, programs.sqlTool);
  try {
    const port = await choosePort({ asked: options.port, byDefault: 7233, what: 'Temporal' });
    // PostgreSQL keeps the ports by which the services find each other as numbers below 32768.
    const ports = [port, ...(await quietPorts(PORTS - 1))];
    await writeClusterConfig(dir, { ports, postgres, settings: options.settings });
    const server = await startServer(programs.server, dir, options.env ?? process.env);
    const address = `${HOST}:${port}`;
    const stop = async (): Promise<void> => {
      await server.stop();
      await postgres.stop();
    };
    try {
      await openNamespace(address, NAMESPACE, server);
    } catch (error) {
      await stop();
      throw error;
    }
    return {
      address,
      namespace: NAMESPACE,
      postgresAddress: `${HOST}:${postgres.port}`,
      about: `server ${SERVER_VERSION} on ${postgresPrograms.version}`,
      pid: server.pid,
      postgresPid: postgres.pid,
      exited: Promise.race([server.exited, postgres.exited]),
      stop,
    };
  } catch (error) {
    await postgres.stop();
    throw error;
  }
}

/** With both databases and their schemas. A set-up that was cut off is begun anew: its databases hold nothing yet. */
async function openPostgres(
  { dir, report }: ClusterOptions,
  programs: PostgresPrograms,
  sqlTool: string,
): Promise<Postgres> {
  const folder = join(dir, 'postgres');
  const port = await choosePort({ what: 'PostgreSQL' });
  const start = { programs, folder, port, logFile: join(dir, 'postgres.log') };
  const isNew = (await schemaVersion(dir)) === undefined;
  if (isNew) {
    report('Making the databases …');
    await rm(folder, { recursive: true, force: true });
    await initPostgres(start);
  }
  const postgres = await startPostgres(start);
  if ((await schemaVersion(dir)) === SERVER_VERSION) return postgres;
  try {
    await setUpSchemas(sqlTool, postgres, isNew);
    await writeFile(markOf(dir), SERVER_VERSION);
  } catch (error) {
    await postgres.stop();
    throw error;
  }
  return postgres;
}

/** Of the server whose schemas the databases have; undefined: they have none yet. */
function schemaVersion(dir: string): Promise<string | undefined> {
  return readFile(markOf(dir), 'utf8').catch(() => undefined);
}

const markOf = (dir: string): string => join(dir, 'schema-version');

async function setUpSchemas(sqlTool: string, { port, password }: Postgres, isNew: boolean): Promise<void> {
  const connection = [
    '--plugin',
    'postgres12',
    '--endpoint',
    HOST,
    '--port',
    `${port}`,
    '--user',
    POSTGRES_USER,
  ];
  const env = { ...withoutTemporal(process.env), SQL_PASSWORD: password };
  for (const [database, schema] of Object.entries(DATABASES)) {
    const run = (...command: string[]) =>
      runProgram(sqlTool, [...connection, '--database', database, ...command], {
        env,
        timeoutMs: SCHEMA_LIMIT_MS,
      });
    try {
      if (isNew) await run('create-database');
      if (isNew) await run('setup-schema', '--version', '0.0');
      await run('update-schema', '--schema-name', schema);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new SetupError(`The database ${database} could not be given the schema ${schema}: ${why}`);
    }
  }
}

async function startServer(program: string, dir: string, env: NodeJS.ProcessEnv): Promise<Child> {
  const log = await open(join(dir, 'temporal.log'), 'w');
  const args = ['--root', dir, '--config', 'config', '--env', CONFIG_NAME, '--allow-no-auth', 'start'];
  return startChild(program, args, {
    env: withoutTemporal(env),
    stdio: ['ignore', log.fd, log.fd],
    cwd: dir, // the path of its dynamic configuration counts from here
  }).finally(() => log.close());
}
