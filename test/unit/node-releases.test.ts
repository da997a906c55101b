/** The Node that the scripts fetch where the installed one is too old. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cacheDir as cacheDirOfServers } from '../../embedded/cache.js';
import { ROOT } from '../../embedded/project.js';

interface Release {
  package: string;
  version: string;
  integrity: string;
}
interface Options {
  cache?: string;
  install?: (folder: string, release: Release) => Promise<void>;
  announce?: (folder: string) => void;
}

const { OLDEST, RELEASES, cacheDir, findNode, isSupported, projectOf } = (await import(
  join(ROOT, 'scripts', 'node.mjs')
)) as {
  OLDEST: string;
  RELEASES: Record<'newest' | 'oldest', Record<string, Release>>;
  cacheDir: (env: NodeJS.ProcessEnv, platform: string) => string;
  findNode: (release: Release, options: Options) => Promise<string>;
  isSupported: (version: string) => boolean;
  projectOf: (release: Release) => Record<string, unknown>;
};
const all = Object.values(RELEASES).flatMap((platforms) => Object.entries(platforms));

describe('the pinned releases of Node', () => {
  test.each(all)('%s: %o is supported, and has an integrity', (_, release) => {
    expect(isSupported(release.version)).toBe(true);
    expect(release.integrity).toMatch(/^sha512-[\w+/]{86}==$/);
  });

  test('the newest is the one that the image has', () => {
    const images = readFileSync(join(ROOT, 'Dockerfile'), 'utf8').match(/^FROM \S+/gm);
    const image = `FROM node:${RELEASES.newest['linux-x64']?.version ?? ''}-bookworm-slim`;
    expect(images).toEqual([image, image]);
  });

  test('the oldest is the first of what package.json allows', () => {
    expect(RELEASES.oldest['linux-x64']?.version).toBe(`${OLDEST}.0`);
  });
});

test.each([
  ['20.20.2', false],
  ['22.18.0', false],
  ['22.19.0', true],
  ['23.0.0', true],
  ['24.22.3', true],
])('Node %s: supported is %o', (version, supported) => {
  expect(isSupported(version)).toBe(supported);
});

test.each(['linux', 'darwin', 'win32'] as const)('Node is kept where the servers are, on %s', (platform) => {
  for (const env of [{}, { XDG_CACHE_HOME: '/x' }, { LOCALAPPDATA: '/l' }, { LEASEHOLD_CACHE: '/c' }])
    expect(cacheDir(env, platform)).toBe(cacheDirOfServers(env, platform));
});

test('npm is given the integrity to compare the package with', () => {
  const release = { package: 'node-some', version: '24.1.2', integrity: 'sha512-x' };
  expect(projectOf(release)).toMatchObject({
    'package-lock.json': {
      packages: { 'node_modules/node-some': { version: '24.1.2', integrity: 'sha512-x' } },
    },
  });
});

describe('the cache of Node', () => {
  const release = { package: 'node-some', version: '24.1.2', integrity: 'sha512-x' };
  const NAME = 'node-some-24.1.2';
  const program = (folder: string) => join(folder, 'node_modules', 'node-some', 'bin', 'node');
  let cache: string;
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'leasehold-node-'));
  });
  afterEach(() => rmSync(cache, { recursive: true, force: true }));

  function put(folder: string, prints: string): Promise<void> {
    mkdirSync(join(program(folder), '..'), { recursive: true });
    writeFileSync(program(folder), `#!/bin/sh\necho ${prints}\n`);
    chmodSync(program(folder), 0o755);
    return Promise.resolve();
  }
  const install = (folder: string) => put(folder, 'v24.1.2');
  const refuse = () => Promise.reject(new Error('npm was called'));

  test('is filled once, which is announced', async () => {
    const announced: string[] = [];
    const announce = (folder: string) => void announced.push(folder);
    expect(await findNode(release, { cache, install, announce })).toBe(program(join(cache, NAME)));
    expect(await findNode(release, { cache, install: refuse, announce })).toBe(program(join(cache, NAME)));
    expect(announced).toEqual([cache]);
    expect(readdirSync(cache)).toEqual([NAME]);
  });

  test('keeps nothing of an install that failed', async () => {
    const half = async (folder: string) => {
      await install(folder);
      throw new Error('the connection broke');
    };
    await expect(findNode(release, { cache, install: half })).rejects.toThrow('the connection broke');
    expect(readdirSync(cache)).toEqual([]);
    await findNode(release, { cache, install });
  });

  test('refuses a package whose Node does not run, or is another release', async () => {
    const other = (folder: string) => put(folder, 'v20.0.0');
    await expect(findNode(release, { cache, install: other })).rejects.toThrow(
      'does not run on this machine',
    );
    expect(readdirSync(cache)).toEqual([]);
  });

  test('replaces a copy that does not run', async () => {
    await put(join(cache, NAME), '');
    writeFileSync(program(join(cache, NAME)), 'half of a program');
    expect(await findNode(release, { cache, install })).toBe(program(join(cache, NAME)));
    await findNode(release, { cache, install: refuse });
  });

  test('keeps the copy that another command installed meanwhile', async () => {
    const overtaken = async (folder: string) => {
      await install(join(cache, NAME));
      writeFileSync(join(cache, NAME, 'first'), '');
      await install(folder);
    };
    await findNode(release, { cache, install: overtaken });
    expect(existsSync(join(cache, NAME, 'first'))).toBe(true);
    expect(readdirSync(cache)).toEqual([NAME]);
  });

  test('loses what killed installs left, and not what is being installed', async () => {
    for (const [name, hours] of [
      ['old', 7],
      ['young', 1],
    ] as const) {
      const draft = join(cache, `.${NAME}.${name}`);
      mkdirSync(draft);
      const at = new Date(Date.now() - hours * 3_600_000);
      utimesSync(draft, at, at);
    }
    await findNode(release, { cache, install });
    expect(readdirSync(cache).sort()).toEqual([`.${NAME}.young`, NAME]);
  });
});
