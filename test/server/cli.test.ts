import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Leased, LeaseResult, LeaseStatus, ProvisionRequest } from '../../domain/contract.js';
import { addWithLabelsAsKeyword, BRISK, DevWorld, newNamespace } from '../support/dev-world.js';
import { devServer } from '../support/servers.js';
import { runCommand } from '../support/commands.js';

let world: DevWorld;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  world = await DevWorld.open();
  await world.work();
  env = { ...world.env, TEMPORAL_UI_URL: 'http://ui.test' };
});
afterAll(() => world.close());

function run(...args: string[]) {
  return runCommand(args, env);
}

async function json<T>(...args: string[]): Promise<T> {
  const { code, out, err } = await run(...args, '--json');
  expect(code, err).toBe(0);
  return JSON.parse(out) as T;
}

/** The release is looked for once a second, which only a file can say. */
async function requestFile(request: Partial<ProvisionRequest>): Promise<string> {
  const file = join(tmpdir(), `request-${randomUUID()}.json`);
  await writeFile(file, JSON.stringify({ ...BRISK, ...request }));
  return file;
}

describe('a life by commands', () => {
  it('finds, provisions, sends, extends, shows, lists and terminates', async () => {
    const found = await json<{ found: number; numbers: { number: string }[] }>(
      'find',
      '--country',
      'US',
      '--limit',
      '3',
    );
    expect(found.numbers).toHaveLength(3);

    const reference = `order-${randomUUID()}`;
    const request = await requestFile({ criteria: { country: 'US' } });
    const provision = [
      'provision',
      reference,
      '--request',
      request,
      '--term',
      '1 day',
      '--label',
      'tenant=acme',
      '--label',
      'team=a',
    ];
    const leased = await json<Leased & { url: string; provisionUrl: string }>(...provision);
    expect(leased).toMatchObject({ reference, status: 'active' });
    expect(leased.provisionUrl).toMatch(/^http:\/\/ui\.test\/.*\/history$/);
    expect(await json<Leased>(...provision)).toEqual(leased);

    const { number } = leased;
    const send = ['send', number, '--to', '+12025550123', '--text', 'Hello', '--id', 'm1'];
    const sent = await json<{ outcome: string }>(...send);
    expect(sent.outcome).toBe('sent');
    expect(await json(...send)).toEqual(sent);

    const before = await json<LeaseStatus>('show', number);
    expect(before.labels).toEqual({ tenant: 'acme', team: 'a' });
    const { expiresAt } = await json<{ expiresAt: string }>('extend', number, '--term', '1 day');
    expect(Date.parse(expiresAt) - Date.parse(before.expiresAt!)).toBe(86_400_000);
    expect((await run('show', number)).out).toMatch(/m1.*sent/);

    await expect
      .poll(async () => (await run('list', '--label', 'tenant=acme', '--reference', reference)).out, {
        timeout: 30_000,
      })
      .toMatch(/Held: 1\. A month: [\d.]+ USD\. Ending within 7 days: 1\.\n\+\d+ {2}http:\/\/ui\.test/);

    const terminated = await run('terminate', number, '--wait', '--reason', 'done');
    expect(terminated.err).toMatch(/Waiting for the release/);
    expect(terminated.out).toMatch(/is released, proven at \d\d:\d\d:\d\d UTC/);
    const again = await json<{ state: string }>('terminate', number);
    expect(again.state).toBe('released');
    const result = await json<LeaseResult>('terminate', number, '--wait');
    expect(result).toMatchObject({ releasedBy: 'us', reason: 'done' });
    expect((await run('send', number, '--to', '+12025550123', '--text', 'x')).err).toMatch(
      /is over.*\[LeaseNotActive\]/,
    );
  });

  it('starts without waiting', async () => {
    const reference = `order-${randomUUID()}`;
    const request = await requestFile({ terminateAfterMessages: true });
    const started = await json<{ runId: string }>('provision', reference, '--request', request, '--no-wait');
    const leased = await json<Leased>('provision', reference, '--request', request);
    expect(started.runId).toBeTruthy();
    const released = await json<LeaseResult>('terminate', leased.number, '--wait');
    expect(released.reference).toBe(reference);
  });
});

describe('what fails', () => {
  it('is told with its type and exit code 1', async () => {
    const [number = ''] = await world.available();
    await world.simulator.controls.leaseByOther(number);
    const failed = await run('provision', `order-${randomUUID()}`, '--number', number);
    expect(failed).toMatchObject({ code: 1, out: '' });
    expect(failed.err).toMatch(/cannot be leased.*\[NumberUnavailable\]/);
    expect(await run('show', '+14155550000')).toMatchObject({ code: 1 });
  });

  it('is a wrong key, named without being shown', async () => {
    const { code, err } = await runCommand(['find'], { ...env, CONTIGUITY_API_KEY: 'contiguity_sk_wrong' });
    expect(code).toBe(2);
    expect(err).toMatch(/CONTIGUITY_API_KEY\) \[Unauthorized\]/);
    expect(err).not.toContain('contiguity_sk_wrong');
  });
});

describe('doctor', () => {
  it('finds everything well', async () => {
    const { code, out } = await run('doctor');
    expect(out).toMatch(/Search attributes: are all there/);
    expect(out).toMatch(/1 worker polls it/);
    expect(out).toMatch(/Entitlement lease: granted/);
    expect({ code, out }).toMatchObject({ code: 0 });
  });

  it('creates the search attributes that are missing', async () => {
    const bare = await newNamespace(devServer().address, false);
    const settings = { ...env, TEMPORAL_NAMESPACE: bare.name };
    const missing = await runCommand(['doctor'], settings);
    expect(missing.code).toBe(1);
    expect(missing.out).toMatch(/missing: LeaseState, LeaseNumber.*doctor --fix/);
    const provision = await runCommand(['provision', 'r'], settings);
    expect(provision.err).toMatch(/lacks the search attribute Lease\w+: `leasehold doctor --fix`/);
    expect((await runCommand(['doctor', '--fix'], settings)).out).toMatch(/created: LeaseState/);
    expect((await runCommand(['doctor'], settings)).out).toMatch(/Search attributes: are all there/);
    await bare.close();
  });

  it('names search attributes of a wrong type, which --fix cannot change', async () => {
    const mistyped = await newNamespace(devServer().address, false);
    const settings = { ...env, TEMPORAL_NAMESPACE: mistyped.name };
    await addWithLabelsAsKeyword(mistyped);
    for (const args of [['doctor'], ['doctor', '--fix']]) {
      const { code, out } = await runCommand(args, settings);
      expect(out).toMatch(/wrong type: LeaseLabels.*--fix cannot.*LeaseLabels must be KeywordList.*remove/);
      expect(code).toBe(1);
    }
    await mistyped.close();
  });

  it('says that no worker polls, and that a namespace is not there', async () => {
    const idle = await runCommand(['doctor'], { ...env, LEASEHOLD_TASK_QUEUE: `nobody-${randomUUID()}` });
    expect(idle.out).toMatch(/no worker polls it \(start one with `leasehold worker`\)/);
    const nowhere = await runCommand(['doctor'], { ...env, TEMPORAL_NAMESPACE: 'nowhere' });
    expect(nowhere.out).toMatch(/wrong.*Namespace nowhere/);
    expect([idle.code, nowhere.code]).toEqual([1, 1]);
  });
});
