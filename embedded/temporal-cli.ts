import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir, install } from './cache.js';
import { downloadServer, type DownloadLimits } from './download.js';
import { SetupError } from './errors.js';
import { isExecutable, onPath, runProgram, withHeartbeat, withoutTemporal, type Report } from './programs.js';

/** The newest version that both the download and `go install` give. */
const CLI_VERSION = 'v1.5.1';
/** The oldest server that has all that the workflows use (update-with-start, eager start). */
const OLDEST_SERVER = [1, 29];
const OLDEST_CLI = '1.5.0';
const GO_INSTALL_LIMIT_MS = 20 * 60_000;

const FILE = process.platform === 'win32' ? 'temporal.exe' : 'temporal';

export interface TemporalCli {
  path: string;
  source: 'path' | 'cache' | 'download' | 'go';
  /** As `temporal --version` words it. */
  version: string;
}

export interface FindOptions {
  env?: NodeJS.ProcessEnv;
  report: Report;
  /** Where to download from and how patiently; the defaults are right outside of tests. */
  download?: { source?: string; limits?: DownloadLimits };
}

/**
 * A `temporal` program: the one on the PATH where it is new enough, else the cached one, else downloaded, else built with Go.
 * Says which one it took. Rejects with `SetupError` that names the ways out.
 */
export async function findTemporalCli(options: FindOptions): Promise<TemporalCli> {
  const env = withoutTemporal(options.env ?? process.env);
  const cache = cacheDir(env);
  const folder = `temporal-cli-${CLI_VERSION}`;
  const cached = join(cache, folder, FILE);
  const found =
    (await fromPath(env, options.report)) ??
    (await usable(cached, 'cache', env)) ??
    (await fromDownload(cache, folder, options)) ??
    (await fromGo(cache, folder, env, options.report));
  if (!found) throw new SetupError(WAYS_OUT);
  return found;
}

const WAYS_OUT = [
  'No Temporal server could be had. Three ways out:',
  `  1. install the Temporal CLI ${OLDEST_CLI} or newer (https://docs.temporal.io/cli) so that "temporal" is on the PATH;`,
  '  2. install Go (https://go.dev/doc/install): the Temporal CLI is then built from its source;',
  '  3. point TEMPORAL_ADDRESS (and TEMPORAL_NAMESPACE) at a Temporal cluster and add --temporal-from-env.',
].join('\n');

/** One line for people: which program was taken and from where. */
export function describeCli({ path, source, version }: TemporalCli): string {
  const origin = {
    path: 'found on the PATH',
    cache: 'from the cache',
    download: 'downloaded',
    go: 'built with Go',
  };
  return `Temporal: ${version}, ${origin[source]} (${path})`;
}

async function fromPath(env: NodeJS.ProcessEnv, report: Report): Promise<TemporalCli | undefined> {
  const path = onPath('temporal', env);
  if (!path) return undefined;
  const version = await versionOf(path, env);
  if (version !== undefined && isNewEnough(version)) return { path, source: 'path', version };
  report(
    `The "temporal" on the PATH (${path}) is ${version ?? 'not usable'}; ${OLDEST_CLI} or newer is needed, so another one is used.`,
  );
  return undefined;
}

async function usable(
  path: string,
  source: TemporalCli['source'],
  env: NodeJS.ProcessEnv,
): Promise<TemporalCli | undefined> {
  if (!isExecutable(path)) return undefined;
  const version = await versionOf(path, env);
  return version === undefined ? undefined : { path, source, version };
}

async function fromDownload(
  cache: string,
  folder: string,
  options: FindOptions,
): Promise<TemporalCli | undefined> {
  options.report(
    `Downloading the Temporal CLI ${CLI_VERSION} (no usable "temporal" on the PATH or in the cache) …`,
  );
  try {
    const home = await install(cache, folder, async (draft) => {
      const program = await downloadServer(
        { name: 'cli', version: CLI_VERSION },
        draft,
        options.report,
        options.download,
      );
      if (program !== join(draft, FILE)) await rename(program, join(draft, FILE));
      await runProgram(join(draft, FILE), ['--version'], { timeoutMs: 10_000 });
    });
    return await usable(join(home, FILE), 'download', withoutTemporal(options.env ?? process.env));
  } catch (error) {
    options.report(`  not downloaded: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

async function fromGo(
  cache: string,
  folder: string,
  env: NodeJS.ProcessEnv,
  report: Report,
): Promise<TemporalCli | undefined> {
  const go = onPath('go', env);
  if (!go) return undefined;
  report(
    `Building the Temporal CLI ${CLI_VERSION} with Go instead: once, some 3.5 minutes on 2 cores, 250 MB …`,
  );
  try {
    const home = await install(cache, folder, async (draft) => {
      await mkdir(draft, { recursive: true });
      await withHeartbeat(report, 'building the Temporal CLI', () =>
        runProgram(go, ['install', `github.com/temporalio/cli/cmd/temporal@${CLI_VERSION}`], {
          env: { ...env, GOBIN: draft },
          timeoutMs: GO_INSTALL_LIMIT_MS,
        }),
      );
    });
    return await usable(join(home, FILE), 'go', env);
  } catch (error) {
    report(`  not built: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

async function versionOf(path: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const output = await runProgram(path, ['--version'], { env, timeoutMs: 10_000 }).catch(() => undefined);
  return output?.trim().split('\n')[0];
}

/**
 * `temporal version 1.5.0 (Server 1.29.0, UI 2.42.0)`. One built from source calls itself 0.0.0-DEV,
 * so the server inside is what counts.
 */
export function isNewEnough(version: string): boolean {
  const [, major = '0', minor = '0'] = /Server (\d+)\.(\d+)/.exec(version) ?? [];
  const [needMajor = 0, needMinor = 0] = OLDEST_SERVER;
  return Number(major) > needMajor || (Number(major) === needMajor && Number(minor) >= needMinor);
}
