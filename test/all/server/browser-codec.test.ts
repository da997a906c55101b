/** The Temporal UI with encryption on: it shows nothing until it asks our codec server, and then what was said. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newKey, readKeyring } from '../../../codec/keys.js';
import { startCodecServer, type CodecServer } from '../../../codec/server.js';
import type { ProvisionedLease } from '../../../client/index.js';
import { startDevServer, type DevServer } from '../../../embedded/temporal-server.js';
import { newPage, openBrowser, picture, wholeText } from '../../support/browser.js';
import { BRISK, DevWorld, until } from '../../support/dev-world.js';
import { devServer } from '../../support/servers.js';
import { startWorkerProcess, type WorkerProcess } from '../../support/worker-process.js';

const TEXT = 'The parcel is under the blue bench';

describe('the Temporal UI with the codec server', () => {
  const keys = newKey('k1');
  let server: DevServer;
  let world: DevWorld;
  let worker: WorkerProcess;
  let codec: CodecServer;
  let browser: Browser;
  let page: Page;
  let lease: ProvisionedLease;

  beforeAll(async () => {
    server = await startDevServer({ cli: devServer().cli, port: 0, uiPort: 0 });
    const names = { namespace: 'leasehold', taskQueue: 'leasehold' };
    world = await DevWorld.open({ address: server.address, ...names, keys });
    worker = await startWorkerProcess(world.env);
    const messages = [{ id: 'm1', to: '+12025550123', message: TEXT }];
    lease = await world.leasehold.provision({ reference: 'order-7', messages, ...BRISK });
    await until(
      'the text is sent',
      () => lease.status(),
      ({ counts }) => counts.sent === 1,
    );
    const read = readKeyring({ LEASEHOLD_ENCRYPTION_KEYS: keys });
    if ('problem' in read || !read.keyring) throw new Error('no keyring');
    codec = await startCodecServer({ keyring: read.keyring, port: 0, origins: [server.uiUrl ?? ''] });
    browser = await openBrowser();
    page = await newPage(browser);
  });
  afterAll(async () => {
    await browser.close();
    await codec.close();
    await worker.stop();
    await world.close();
    await server.stop();
  });

  async function openRun(tab: string): Promise<void> {
    const { runId } = await world.run(lease.number).describe();
    const run = `${encodeURIComponent(`lease/${lease.number}`)}/${runId}`;
    await page.goto(`${server.uiUrl ?? ''}/namespaces/${world.namespace.name}/workflows/${run}/${tab}`);
  }

  test('shows the number, and neither text nor recipient, until it is told of a codec server', async () => {
    await openRun('history');
    await until(
      'the history is there',
      () => wholeText(page),
      (text) => text.includes(lease.number) && /Input|encrypted/.test(text),
    );
    expect(await wholeText(page)).not.toMatch(/blue bench|2025550123/);
    await page.getByTestId('data-encoder-status').first().click();
    await page.getByPlaceholder('Paste your endpoint here').fill(codec.url);
    await page.getByRole('button', { name: 'Apply' }).click();
    await openRun('history');
    await until(
      'the text is decrypted',
      () => wholeText(page),
      (text) => text.includes(TEXT) && text.includes('+12025550123'),
    );
    await picture(page, 'ui-codec');
  });

  test('shows the details of a run in words', async () => {
    await openRun('user-metadata');
    await until(
      'the details are decrypted',
      () => wholeText(page),
      (text) => ['order-7', 'a month', '1 sent'].every((fact) => text.includes(fact)),
    );
  });
});
