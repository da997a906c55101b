import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../../embedded/project.js';

interface Options {
  env?: NodeJS.ProcessEnv;
  platform?: NodeJS.Platform;
  isProgram?: (path: string) => boolean;
  ofPlaywright?: () => Promise<string | undefined>;
}

const { findChromium } = (await import(join(ROOT, 'scripts', 'chromium.mjs'))) as {
  findChromium: (options: Options) => Promise<{ path?: string; missing?: string }>;
};

const OF_PLAYWRIGHT = '/cache/ms-playwright/chromium/chrome';
const find = (programs: string[], options: Options = {}) =>
  findChromium({
    env: { PATH: '/home/me/bin:/usr/bin' },
    platform: 'linux',
    isProgram: (path) => programs.includes(path),
    ofPlaywright: () => Promise.resolve(OF_PLAYWRIGHT),
    ...options,
  });

test.each(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'])(
  'the browser %s is found on the PATH',
  async (name) => {
    expect(await find([`/home/me/bin/${name}`, OF_PLAYWRIGHT])).toEqual({ path: `/home/me/bin/${name}` });
  },
);

test.each([
  ['linux', '/snap/bin/chromium'],
  ['linux', '/opt/google/chrome/chrome'],
  ['darwin', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'],
  ['darwin', '/Applications/Chromium.app/Contents/MacOS/Chromium'],
  ['win32', 'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe'],
] as const)('on %s the browser is found at %s', async (platform, path) => {
  const env = { PATH: '', PROGRAMFILES: 'C:\\Program Files' };
  expect(await find([path], { platform, env })).toEqual({ path });
});

test('the browser that Playwright installed is the last to be taken', async () => {
  expect(await find([OF_PLAYWRIGHT])).toEqual({ path: OF_PLAYWRIGHT });
});

test('LEASEHOLD_CHROMIUM comes before all others', async () => {
  const env = { PATH: '/usr/bin', LEASEHOLD_CHROMIUM: '/mine' };
  expect(await find(['/mine', '/usr/bin/chromium'], { env })).toEqual({ path: '/mine' });
});

test('a LEASEHOLD_CHROMIUM that is no program is said, and no other is taken', async () => {
  const env = { PATH: '/usr/bin', LEASEHOLD_CHROMIUM: '/gone' };
  expect(await find(['/usr/bin/chromium'], { env })).toEqual({
    missing: 'LEASEHOLD_CHROMIUM names no program (/gone)',
  });
});

test('without one, it is said in one line how to get it', async () => {
  const { missing } = await find([], { ofPlaywright: () => Promise.resolve(undefined) });
  expect(missing).toMatch(/^no Chromium was found: install it .*npx playwright-core install chromium.*$/);
});
