/** The gateway's page in a browser: somebody who knows nothing but it finds a request, tries it and reads the answer. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newPage, openBrowser, picture } from '../../support/browser.js';
import { BRISK, DevWorld } from '../../support/dev-world.js';
import { TestGateway } from '../../support/gateway.js';

describe("the gateway's page", () => {
  let world: DevWorld;
  let gateway: TestGateway;
  let browser: Browser;
  let page: Page;
  const trouble: string[] = [];

  beforeAll(async () => {
    world = await DevWorld.open();
    await world.work();
    gateway = await TestGateway.open(world);
    browser = await openBrowser();
    page = await newPage(browser);
    page.on('console', (said) => said.type() === 'error' && trouble.push(said.text()));
    page.on('request', (request) => {
      if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(gateway.url))
        trouble.push(request.url());
    });
    await page.goto(`${gateway.url}/docs`);
  });
  afterAll(async () => {
    await browser.close();
    await gateway.close();
    await world.close();
  });

  test('shows every request by what it does', async () => {
    for (const words of ['Lease a number', 'Give a number back', 'Send a text', 'What is held and spent'])
      await page.getByText(words).first().waitFor();
    await picture(page, 'gateway-page');
  });

  test('lets one be tried with a key, and shows the answer', async () => {
    await page.getByRole('button', { name: 'Authorize' }).first().click();
    await page.locator('.modal-ux input').first().fill(gateway.key);
    await page.locator('.modal-ux').getByRole('button', { name: 'Apply credentials' }).click();
    await page.locator('.modal-ux').getByRole('button', { name: 'Close' }).last().click();
    const provision = page.locator('[id$="-provision"]').first();
    await provision.click();
    await provision.getByRole('button', { name: 'Try it out' }).click();
    const body = provision.locator('textarea.body-param__text');
    await body.fill(JSON.stringify({ reference: 'by-the-page', ...BRISK }));
    await provision.locator('tr', { hasText: 'wait' }).locator('input').first().fill('30s');
    await provision.getByRole('button', { name: 'Execute' }).click();
    const answer = provision.locator('.live-responses-table');
    await answer.getByText('"by-the-page"').waitFor();
    expect(await answer.innerText()).toMatch(/201[^]*"number": "\+\d+"/);
  });

  test('asks nobody else for anything, and nothing is wrong on it', () => {
    expect(trouble).toEqual([]);
  });
});
