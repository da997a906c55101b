/** Chromium or a browser made of it, for the tests of pages. */
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const HOW_TO_GET_IT =
  'install it ("npx playwright-core install chromium", or Debian\'s "apt-get install chromium") or name one in LEASEHOLD_CHROMIUM';

/**
 * The path of the browser as `{ path }`, or `{ missing }`: why there is none and how to get it.
 * `LEASEHOLD_CHROMIUM` comes first, then the PATH, the usual places and the browser that Playwright installs.
 */
export async function findChromium({
  env = process.env,
  platform = process.platform,
  isProgram = isExecutable,
  ofPlaywright = pathOfPlaywright,
} = {}) {
  const named = env.LEASEHOLD_CHROMIUM;
  if (named && isProgram(named)) return { path: named };
  if (named) return { missing: `LEASEHOLD_CHROMIUM names no program (${named})` };
  const path = [...onPath(env, platform), ...usualPlaces(env, platform)].find((each) => isProgram(each));
  if (path) return { path };
  const installed = await ofPlaywright();
  if (installed && isProgram(installed)) return { path: installed };
  return { missing: `no Chromium was found: ${HOW_TO_GET_IT}` };
}

function onPath(env, platform) {
  if (platform === 'win32') return [];
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
}

function usualPlaces(env, platform) {
  if (platform === 'darwin') {
    const apps = ['Chromium', 'Google Chrome', 'Microsoft Edge'].map(
      (name) => `${name}.app/Contents/MacOS/${name}`,
    );
    return ['/Applications', join(homedir(), 'Applications')].flatMap((folder) =>
      apps.map((app) => join(folder, app)),
    );
  }
  if (platform === 'win32') {
    const programs = ['Google\\Chrome\\Application\\chrome.exe', 'Microsoft\\Edge\\Application\\msedge.exe'];
    return [env.PROGRAMFILES, env['PROGRAMFILES(X86)'], env.LOCALAPPDATA]
      .filter(Boolean)
      .flatMap((folder) => programs.map((program) => `${folder}\\${program}`));
  }
  return [...NAMES.map((name) => `/usr/bin/${name}`), '/snap/bin/chromium', '/opt/google/chrome/chrome'];
}

/** Where `npx playwright-core install chromium` puts it, whether or not it has; undefined before the dependencies are installed. */
async function pathOfPlaywright() {
  try {
    const { chromium } = await import('playwright-core');
    return chromium.executablePath();
  } catch {
    return undefined;
  }
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
