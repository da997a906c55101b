import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findTemporalCli, isNewEnough } from '../../embedded/temporal-cli.js';
import { findTimeSkippingServer } from '../../embedded/time-skipping-server.js';

const NEW = 'temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)';
const OLD = 'temporal version 1.1.0 (Server 1.25.0, UI 2.30.0)';
const CACHED = 'temporal-cli-v1.5.1';

let home: string;
let lines: string[];
let servers: Server[];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'leasehold-finder-'));
  await mkdir(join(home, 'bin'));
  lines = [];
  servers = [];
});
afterEach(async () => {
  for (const server of servers) server.closeAllConnections();
  await rm(home, { recursive: true, force: true });
});

/** Only stubs are on this PATH: what the machine has installed must not matter. */
const env = () => ({ PATH: join(home, 'bin'), LEASEHOLD_CACHE: join(home, 'cache') });
const report = (line: string) => void lines.push(line);

async function stub(path: string, script: string): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
}

/** A place to download from that answers as told. */
async function source(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const nothingThere = () => source((_request, response) => response.writeHead(404).end());

describe('the Temporal CLI', () => {
  it('is the one on the PATH where that is new enough', async () => {
    await stub(join(home, 'bin', 'temporal'), `echo "${NEW}"`);
    const found = await findTemporalCli({ env: env(), report });
    expect(found).toEqual({ path: join(home, 'bin', 'temporal'), source: 'path', version: NEW });
    expect(lines).toEqual([]);
  });

  it('is the cached one where the one on the PATH is too old, and it says so', async () => {
    await stub(join(home, 'bin', 'temporal'), `echo "${OLD}"`);
    await stub(join(home, 'cache', CACHED, 'temporal'), `echo "${NEW}"`);
    expect(await findTemporalCli({ env: env(), report })).toMatchObject({ source: 'cache' });
    expect(lines.join()).toContain('1.5.0 or newer is needed');
  });

  it('is downloaded where there is none, and cached', async () => {
    const archive = await archiveOf('temporal', `echo "${NEW}"`);
    const base = await source((request, response) => {
      if (request.url?.startsWith('/cli/v1.5.1?')) {
        const archiveUrl = `http://${request.headers.host ?? ''}/temporal.tar.gz`;
        response.end(JSON.stringify({ archiveUrl, fileToExtract: 'temporal' }));
      } else {
        response.end(archive);
      }
    });
    const options = { env: env(), report, download: { source: base } };
    expect(await findTemporalCli(options)).toMatchObject({ source: 'download', version: NEW });
    expect(await findTemporalCli(options)).toMatchObject({ source: 'cache' });
    expect(await readdir(join(home, 'cache'))).toEqual([CACHED]);
  });

  it('is built with Go where nothing can be downloaded', async () => {
    await stub(
      join(home, 'bin', 'go'),
      `echo "$@" > ${home}/asked; printf '#!/bin/sh\\necho "${NEW}"' > "$GOBIN/temporal"; /bin/chmod +x "$GOBIN/temporal"`,
    );
    const download = { source: await nothingThere() };
    expect(await findTemporalCli({ env: env(), report, download })).toMatchObject({ source: 'go' });
    expect(await readFile(join(home, 'asked'), 'utf8')).toContain(
      'install github.com/temporalio/cli/cmd/temporal@v1.5.1',
    );
    expect(lines.join('\n')).toMatch(/not downloaded: 127\.0\.0\.1:\d+ answered 404/);
  });

  it('gives up on a source that never answers', async () => {
    const silent = await source(() => undefined);
    const limits = { connectMs: 200, idleMs: 200, totalMs: 1000 };
    const asked = findTemporalCli({ env: env(), report, download: { source: silent, limits } });
    await expect(asked).rejects.toThrow('Three ways out');
  });

  it('names three ways out where none can be had', async () => {
    const download = { source: await nothingThere() };
    const error: unknown = await findTemporalCli({ env: env(), report, download }).catch((e: unknown) => e);
    expect(String(error)).toMatch(/Temporal CLI[\s\S]*install Go[\s\S]*--temporal-from-env/);
    expect(await readdir(join(home, 'cache'))).toEqual([]);
  });

  it('survives two set-ups at once', async () => {
    await stub(
      join(home, 'bin', 'go'),
      `/bin/sleep 0.2; printf '#!/bin/sh\\necho "${NEW}"' > "$GOBIN/temporal"; /bin/chmod +x "$GOBIN/temporal"`,
    );
    const download = { source: await nothingThere() };
    const find = () => findTemporalCli({ env: env(), report, download });
    const [one, two] = await Promise.all([find(), find()]);
    expect(one.path).toBe(two.path);
    expect(await readdir(join(home, 'cache'))).toEqual([CACHED]);
  });

  it.each([
    [NEW, true],
    ['temporal version 0.0.0-DEV (Server 1.29.1, UI 2.42.1)', true],
    ['temporal version 2.0.0 (Server 2.0.0, UI 3.0.0)', true],
    [OLD, false],
    ['something else', false],
  ])('%s new enough: %s', (version, expected) => expect(isNewEnough(version)).toBe(expected));
});

describe('the time-skipping server', () => {
  const find = async () =>
    findTimeSkippingServer({ env: env(), report, download: { source: await nothingThere() } });

  it('is fetched with Maven where nothing can be downloaded', async () => {
    await stub(
      join(home, 'bin', 'mvn'),
      `for a in "$@"; do case "$a" in -DoutputDirectory=*) /bin/mkdir -p "\${a#*=}";; esac; done`,
    );
    await stub(join(home, 'bin', 'java'), 'echo "$@"');
    const found = await find();
    expect(found).toEqual({
      path: join(home, 'cache', 'temporal-test-server-1.38.0', 'temporal-test-server'),
    });
  });

  it('is missing with the words of Maven, not with its colours, where Maven fails', async () => {
    const said =
      '[\\033[1;31mERROR\\033[m] no such artifact\\n[\\033[1;31mERROR\\033[m] [Help 1] a page\\n\\033[0m\\n';
    await stub(join(home, 'bin', 'mvn'), `printf '${said}'; exit 1`);
    await stub(join(home, 'bin', 'java'), 'echo "$@"');
    const found = await find();
    expect(found).toMatchObject({
      unavailable: expect.stringMatching(/with Maven: exit code 1: \[ERROR\] no such artifact$/) as string,
    });
  });

  it('is missing, with the reasons, where there is no Java either', async () => {
    const found = await find();
    expect(found).toMatchObject({
      unavailable: expect.stringMatching(/not downloaded.*"mvn" and "java"/) as string,
    });
  });
});

async function archiveOf(name: string, script: string): Promise<Buffer> {
  const { execFile } = await import('node:child_process');
  const { promisify } = await import('node:util');
  await stub(join(home, 'archive', name), script);
  await promisify(execFile)('tar', ['-czf', join(home, 'a.tgz'), '-C', join(home, 'archive'), name]);
  return readFile(join(home, 'a.tgz'));
}
