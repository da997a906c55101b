import { join } from 'node:path';
import { cacheDir, install } from './cache.js';
import { SetupError } from './errors.js';
import { isExecutable, onPath, runProgram, withHeartbeat, withoutTemporal, type Report } from './programs.js';

/** The version that docker-compose.yml deploys. */
export const SERVER_VERSION = 'v1.31.0';
const MODULE = 'go.temporal.io/server';
const GO_INSTALL_LIMIT_MS = 40 * 60_000;

/** Paths of the programs that a cluster is made of. */
export interface ClusterPrograms {
  /** Temporal's server, as clusters run it. */
  server: string;
  /** Temporal's tool that makes databases and their schemas. */
  sqlTool: string;
}

export interface FindClusterOptions {
  env?: NodeJS.ProcessEnv;
  report: Report;
}

/** Temporal's server and its SQL tool: from the cache, else built with Go. Rejects with `SetupError` where there is no Go. */
export async function findClusterPrograms(options: FindClusterOptions): Promise<ClusterPrograms> {
  const env = withoutTemporal(options.env ?? process.env);
  const cache = cacheDir(env);
  const folder = `temporal-server-${SERVER_VERSION}`;
  const found = programsIn(join(cache, folder));
  if (Object.values(found).every(isExecutable)) return found;
  const go = onPath('go', env);
  if (!go)
    throw new SetupError(
      `Temporal's server ${SERVER_VERSION} is built from its source, and there is no "go" on the PATH: install Go (https://go.dev/doc/install).`,
    );
  options.report(`Building Temporal's server ${SERVER_VERSION} with Go: once, some 7 minutes on 2 cores …`);
  const home = await install(cache, folder, (draft) => build(go, draft, env, options.report));
  return programsIn(home);
}

function programsIn(folder: string): ClusterPrograms {
  return { server: join(folder, 'server'), sqlTool: join(folder, 'sql') };
}

async function build(go: string, folder: string, env: NodeJS.ProcessEnv, report: Report): Promise<void> {
  const sources = ['server', 'tools/sql'].map((command) => `${MODULE}/cmd/${command}@${SERVER_VERSION}`);
  try {
    await withHeartbeat(report, "building Temporal's server", () =>
      runProgram(go, ['install', ...sources], {
        env: { ...env, GOBIN: folder },
        timeoutMs: GO_INSTALL_LIMIT_MS,
      }),
    );
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new SetupError(`Temporal's server ${SERVER_VERSION} was not built: ${why}`);
  }
}
