import { chmod, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir, install } from './cache.js';
import { downloadServer } from './download.js';
import { isExecutable, onPath, runProgram, withHeartbeat } from './programs.js';
import type { FindOptions } from './temporal-cli.js';

/** Temporal's Java SDK releases the time-skipping test server under its own version. */
const VERSION = '1.38.0';
const MAVEN_LIMIT_MS = 10 * 60_000;
const FILE = process.platform === 'win32' ? 'temporal-test-server.exe' : 'temporal-test-server';

/** The path of a program for `TestWorkflowEnvironment`'s `existing-path`, or why there is none on this machine. */
export type TimeSkipping = { path: string } | { unavailable: string };

/** The time-skipping test server: from the cache, else downloaded, else fetched with Maven and run by Java. */
export async function findTimeSkippingServer(options: FindOptions): Promise<TimeSkipping> {
  const env = options.env ?? process.env;
  const cache = cacheDir(env);
  const folder = `temporal-test-server-${VERSION}`;
  const path = join(cache, folder, FILE);
  if (isExecutable(path)) return { path };
  const reasons: string[] = [];
  for (const fill of [downloadInto, mavenInto]) {
    try {
      await install(cache, folder, (draft) => fill(draft, options));
      return { path };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      options.report(`  ${reason}`);
      reasons.push(reason);
    }
  }
  return { unavailable: `no time-skipping test server on this machine: ${reasons.join('; ')}` };
}

async function downloadInto(folder: string, options: FindOptions): Promise<void> {
  options.report(`Downloading the time-skipping test server ${VERSION} (none in the cache) …`);
  // Built for 64-bit Intel on Linux and Windows, and for macOS; Linux on ARM has none.
  if (process.platform === 'linux' && process.arch !== 'x64')
    throw new Error(`not downloaded: none is built for ${process.arch}`);
  const artifact = { name: 'temporal-test-server', version: `v${VERSION}` };
  try {
    const program = await downloadServer(artifact, folder, options.report, options.download);
    await rename(program, join(folder, FILE));
  } catch (error) {
    throw new Error(`not downloaded: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

async function mavenInto(folder: string, { env = process.env, report }: FindOptions): Promise<void> {
  const maven = onPath('mvn', env);
  if (!maven || !onPath('java', env) || process.platform === 'win32') {
    throw new Error('not fetched with Maven: that needs "mvn" and "java" on the PATH');
  }
  report(`Fetching the time-skipping test server ${VERSION} with Maven instead (40 MB) …`);
  const pom = join(folder, 'pom.xml');
  await writeFile(pom, POM);
  const copy = ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', '-DincludeScope=runtime'];
  try {
    await withHeartbeat(report, 'fetching', () =>
      runProgram(maven, [...copy, `-DoutputDirectory=${join(folder, 'lib')}`], {
        env,
        timeoutMs: MAVEN_LIMIT_MS,
      }),
    );
  } catch (error) {
    throw new Error(`not fetched with Maven: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
  await rm(pom);
  await writeFile(join(folder, FILE), LAUNCHER);
  await chmod(join(folder, FILE), 0o755);
}

/** slf4j-nop keeps the logger from complaining on every start that nobody listens to it. */
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>leasehold</groupId><artifactId>time-skipping-server</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>io.temporal</groupId><artifactId>temporal-test-server</artifactId><version>${VERSION}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-nop</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;

/** The SDK passes the port alone and ends the server with SIGKILL: \`exec\` makes Java the process that it kills. */
const LAUNCHER = `#!/bin/sh
exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$(dirname "$0")/lib/*" io.temporal.testserver.TestServer "$@"
`;
