/** Open runs must go on under today's code: Temporal replays their recorded histories on it. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporal } from '@temporalio/proto';
import {
  bundleWorkflowCode,
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  Worker,
  type WorkflowBundle,
} from '@temporalio/worker';
import { describe, expect, onTestFinished, test } from 'vitest';
import { built, ROOT } from '../../embedded/project.js';
import { WORKFLOW_BUNDLE } from '../support/servers.js';

const ERRORS_ONLY = { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } };
Runtime.install({ logger: new DefaultLogger('ERROR'), telemetryOptions: ERRORS_ONLY });

const { History } = temporal.api.history.v1;
const HISTORIES = join(ROOT, 'test', 'replay', 'histories');

interface Recorded {
  version: string;
  name: string;
  history: temporal.api.history.v1.History;
}

async function recorded(): Promise<Recorded[]> {
  const files = (await readdir(HISTORIES, { recursive: true })).filter((file) => file.endsWith('.binpb'));
  return Promise.all(
    files.sort().map(async (file) => {
      const [version = '', name = ''] = file.split(/[\\/]/);
      return { version, name, history: History.decode(await readFile(join(HISTORIES, file))) };
    }),
  );
}

/** Names of the histories that do not replay, each with the reason. */
async function failures(
  histories: Recorded[],
  bundle: { codePath: string } | WorkflowBundle,
): Promise<string[]> {
  const given = histories.map(({ name, history }) => ({ workflowId: name, history }));
  const failed: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: bundle }, given)) {
    if (error) failed.push(`${workflowId}: ${error.name}: ${error.message}`);
  }
  return failed;
}

const corpus = await recorded();
const versions = [...new Set(corpus.map(({ version }) => version))];

const WORKFLOWS = Object.keys(await import('../../workflows/index.js'));

test.each(WORKFLOWS)('there are histories of %s', (workflow) => {
  expect(corpus.some(({ name }) => name.includes(`.${workflow}`))).toBe(true);
});

test.each(versions)('runs of version %s go on under this code', async (version) => {
  const failed = await failures(
    corpus.filter((history) => history.version === version),
    { codePath: WORKFLOW_BUNDLE },
  );
  expect(failed).toEqual([]);
});

describe('a change that open runs do not survive is caught', () => {
  /** The workflows of today with a step more at the start of one of them; beside them, so that imports resolve. */
  async function withStepBefore(workflow: string): Promise<WorkflowBundle> {
    const folder = await mkdtemp(built('changed-'));
    onTestFinished(() => rm(folder, { recursive: true, force: true }));
    const path = join(folder, 'index.js');
    await writeFile(
      path,
      `import { sleep } from '@temporalio/workflow';
       import { ${workflow} as today } from '../workflows/index.js';
       export * from '../workflows/index.js';
       export async function ${workflow}(input) {
         await sleep(1);
         return today(input);
       }`,
    );
    return bundleWorkflowCode({ workflowsPath: path, logger: new DefaultLogger('ERROR') });
  }

  test.each(['provisionLease', 'manageLease'])('in %s', async (workflow) => {
    const histories = corpus.filter(({ name }) => name === `one-shot.${workflow}.binpb`);
    expect(histories).not.toEqual([]);
    const failed = await failures(histories, await withStepBefore(workflow));
    expect(failed).toHaveLength(histories.length);
    expect(failed.join('\n')).toMatch(/DeterminismViolationError/);
  });
});
