/** The Temporal UI in a browser: from the list and one run's page alone a reader can tell what goes on. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProvisionedLease } from '../../../client/index.js';
import { startDevServer, type DevServer } from '../../../embedded/temporal-server.js';
import { newPage, openBrowser, picture, wholeText } from '../../support/browser.js';
import { BRISK, DevWorld, until } from '../../support/dev-world.js';
import { devServer } from '../../support/servers.js';

/** What the list shows beside the status and the id. */
const COLUMNS = ['LeaseState', 'LeaseNumber', 'LeaseReference', 'LeaseMonthlyRate', 'LeaseExpiresAt'];
const NOT_SHOWN = ['Run ID', 'Type', 'Start', 'End'];
/** Some 10 seconds of them. */
const LOOKS_PER_LOAD = 100;
const TEXTS = ['Your order is on its way', 'It arrives today'].map((message, index) => ({
  id: `m${index + 1}`,
  to: '+12025550123',
  message,
}));

describe('the Temporal UI', () => {
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
    browser = await openBrowser();
    page = await newPage(browser);
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
    await picture(page, 'ui-list');
  });

  test('a run shows its steps by name and its timers with their reasons', async () => {
    const [over] = leases.released;
    await openRun(over!, 'history');
    const { number } = over!;
    for (const step of [`lease and verify ${number}`, 'send message m1', `terminate ${number}`]) {
      await page.getByText(step).first().waitFor();
    }
    await page.getByText('the lease expires').first().waitFor();
    await page.getByText(`looking whether ${number} is released`).first().waitFor();
    await page.getByTestId('history-tab').scrollIntoViewIfNeeded();
    await page.evaluate(`document.querySelector('[data-testid="history-tab"]').scrollIntoView()`);
    await picture(page, 'ui-run');
  });

  test('the details of a run say whose it is, what it costs and what comes next', async () => {
    const [going] = leases.terminating;
    const { number } = going!;
    const FACTS = ['order-1042', 'terminating', 'a month', '2 sent', `looking whether ${number} is released`];
    let looks = 0;
    await until(
      'none of these is missing on the page',
      async () => {
        // The UI asks for the details once: if that query is lost, it shows none until the page is loaded again.
        if (looks++ % LOOKS_PER_LOAD === 0) await openRun(going!, 'user-metadata');
        const text = await wholeText(page);
        return FACTS.filter((fact) => !text.includes(fact));
      },
      (missing) => missing.length === 0,
    );
  });
});
