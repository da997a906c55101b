/** Chromium, as the tests of pages drive it. */
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { ROOT } from '../../embedded/project.js';

const ARGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];
const { findChromium } = (await import(join(ROOT, 'scripts', 'chromium.mjs'))) as {
  findChromium: () => Promise<{ path: string } | { missing: string }>;
};
const takesPictures = process.env.LEASEHOLD_SCREENSHOTS === '1';

export async function openBrowser(): Promise<Browser> {
  const found = await findChromium();
  if ('missing' in found) throw new Error(`This test needs a browser: ${found.missing}.`);
  return chromium.launch({ executablePath: found.path, args: ARGS });
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
