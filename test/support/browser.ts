/** Chromium, as the tests of pages drive it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { ROOT } from '../../embedded/project.js';

const ARGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];
/** Where distributions put it; `LEASEHOLD_CHROMIUM` names another place. */
const PLACES = [
  process.env.LEASEHOLD_CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];
const executablePath = PLACES.find((path) => path !== '' && existsSync(path));
const takesPictures = process.env.LEASEHOLD_SCREENSHOTS === '1';

export const hasBrowser = executablePath !== undefined;
/** For the name of what is skipped without one. */
export const skipReason = hasBrowser
  ? ''
  : ' (no Chromium found: install it, or name it in LEASEHOLD_CHROMIUM)';

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: executablePath ?? '', args: ARGS });
}

export function newPage(browser: Browser): Promise<Page> {
  return browser.newPage({ viewport: { width: 1400, height: 850 } });
}

/** With `LEASEHOLD_SCREENSHOTS=1` a picture for the docs, else nothing. */
export async function picture(page: Page, name: string): Promise<void> {
  if (takesPictures) await page.screenshot({ path: join(ROOT, 'docs', 'images', `${name}.png`) });
}

/** The page with its frames, in which the Temporal UI shows Markdown; one that it has just replaced says nothing. */
export async function wholeText(page: Page): Promise<string> {
  const texts = page.frames().map((frame) =>
    frame
      .locator('body')
      .innerText()
      .catch(() => ''),
  );
  return (await Promise.all(texts)).join('\n');
}
