/** The Temporal UI in a browser: from the list and one run's page alone a reader can tell what goes on. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProvisionedLease } from '../../client/index.js';
import { ROOT } from '../../embedded/project.js';
import { startDevServer, type DevServer } from '../../embedded/temporal-server.js';
import { BRISK, DevWorld, until } from '../support/dev-world.js';
import { devServer } from '../support/servers.js';

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
const reason = executablePath ? '' : ' (no Chromium found: install it, or name it in LEASEHOLD_CHROMIUM)';
const takesPictures = process.env.LEASEHOLD_SCREENSHOTS === '1';

const VIEWPORT = { width: 1400, height: 850 };
/** What the list shows beside the status and the id. */
const COLUMNS = ['LeaseState', 'LeaseNumber', 'LeaseReference', 'LeaseMonthlyRate', 'LeaseExpiresAt'];
const NOT_SHOWN = ['Run ID', 'Type', 'Start', 'End'];
const TEXTS = ['Your order is on its way', 'It arrives today'].map((message, index) => ({
  id: `m${index + 1}`,
  to: '+12025550123',
  message,
}));

describe.skipIf(!executablePath)(`the Temporal UI${reason}`, () => {
  let server: DevServer;
  let world: DevWorld;
  let browser: Browser;
  let page: Page;
  const leases: Record<'active' | 'terminating' | 'released', ProvisionedLease[]> = {
    active: [],
    terminating: [],
    released: [],
  };

  beforeAll(async () => {
    server = await startDevServer({ cli: devServer().cli, port: 0, uiPort: 0 });
    const names = { namespace: 'leasehold', taskQueue: 'leasehold' };
    const { address } = server;
    world = await DevWorld.open({ address, ...names, termination: { minMs: 3_000, maxMs: 3_000 } });
    await world.work();
    leases.released = [await lease('order-1041', '7 days')];
    await leases.released[0]?.terminate({ reason: 'order delivered' });
    await leases.released[0]?.released();
    leases.active = await Promise.all([lease('spring-campaign', '30 days'), lease('support-line', '1 year')]);
    world.simulator.controls.setTermination('never');
    leases.terminating = [await lease('order-1042', '7 days')];
    await leases.terminating[0]?.terminate({ reason: 'order cancelled' });
    browser = await chromium.launch({ executablePath: executablePath ?? '', args: ARGS });
    page = await browser.newPage({ viewport: VIEWPORT });
  });
  afterAll(async () => {
    await browser.close();
    await world.close();
    await server.stop();
  });

  const lease = async (reference: string, term: string) => {
    const taken = await world.leasehold.provision({ reference, term, messages: TEXTS, ...BRISK });
    await until(
      'the texts are sent',
      () => taken.status(),
      ({ counts }) => counts.sent === TEXTS.length,
    );
    return taken;
  };

  async function open(path: string): Promise<void> {
    await page.goto(`${server.uiUrl ?? ''}/namespaces/${world.namespace.name}/${path}`);
  }

  async function openRun({ number }: ProvisionedLease, tab: string): Promise<void> {
    const { runId } = await world.run(number).describe();
    await open(`workflows/${encodeURIComponent(`lease/${number}`)}/${runId}/${tab}`);
  }

  /** The page with its frames, in which the UI shows Markdown; one that it has just replaced says nothing. */
  async function wholeText(): Promise<string> {
    const texts = page.frames().map((frame) =>
      frame
        .locator('body')
        .innerText()
        .catch(() => ''),
    );
    return (await Promise.all(texts)).join('\n');
  }

  async function picture(name: string): Promise<void> {
    if (takesPictures) await page.screenshot({ path: join(ROOT, 'docs', 'images', `${name}.png`) });
  }

  test('lists state and number of each lease', async () => {
    await open(`workflows?query=${encodeURIComponent('`WorkflowType`="manageLease"')}`);
    await page.getByTestId('workflows-summary-table-configuration-button').first().click();
    for (const column of NOT_SHOWN) await page.getByLabel(`Remove ${column} column`).click();
    for (const column of COLUMNS) await page.getByLabel(`Add ${column} column`).click();
    await page.getByTestId('drawer-close-button').first().click();
    for (const [state, those] of Object.entries(leases)) {
      for (const { number, reference } of those) {
        const row = page.getByRole('row').filter({ hasText: `lease/${number}` });
        await row.getByText(reference).waitFor();
        expect(await row.innerText()).toMatch(new RegExp(`\\b${state}\\b[^]*\\${number}`));
      }
    }
    await page.getByLabel('Collapse saved views').click();
    await picture('ui-list');
  });

  test('a run shows its steps by name and its timers with their reasons', async () => {
    const [over] = leases.released;
    await openRun(over!, 'history');
    const { number } = over!;
    for (const step of [`lease ${number}`, 'send message m1', `terminate ${number}`]) {
      await page.getByText(step).first().waitFor();
    }
    await page.getByText('the lease expires').first().waitFor();
    await page.getByText(`looking whether ${number} is released`).first().waitFor();
    await page.getByTestId('history-tab').scrollIntoViewIfNeeded();
    await page.evaluate(`document.querySelector('[data-testid="history-tab"]').scrollIntoView()`);
    await picture('ui-run');
  });

  test('the details of a run say whose it is, what it costs and what comes next', async () => {
    const [going] = leases.terminating;
    const { number } = going!;
    await openRun(going!, 'user-metadata');
    const FACTS = ['order-1042', 'terminating', 'a month', '2 sent', `looking whether ${number} is released`];
    await until('the page shows it all', wholeText, (text) => FACTS.every((fact) => text.includes(fact)));
    await picture('ui-details');
  });
});
