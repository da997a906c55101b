/** What a run costs the worker's memory: nothing of the code is loaded for it alone (decision 20). */
import { readFile } from 'node:fs/promises';
import { parseWorkflowCode } from '@temporalio/worker/lib/worker.js';
import { ReusableVMWorkflowCreator } from '@temporalio/worker/lib/workflow/reusable-vm.js';
import type { WorkflowCreateOptions } from '@temporalio/workflow/lib/interfaces.js';
import { expect, test } from 'vitest';
import * as workflows from '../../workflows/index.js';
import { WORKFLOW_BUNDLE } from '../support/servers.js';

const TIMEOUT_MS = 5_000;

interface Sandbox {
  __TEMPORAL_ACTIVATOR__: { moduleCache: Map<string, unknown> };
}

test.each(Object.keys(workflows))('a run of %s loads no module of its own', async (workflowType) => {
  const code = parseWorkflowCode(await readFile(WORKFLOW_BUNDLE, 'utf8'));
  const creator = await ReusableVMWorkflowCreator.create(code, TIMEOUT_MS, new Set(), undefined);
  const info = { workflowId: 'lease', runId: 'one', workflowType, unsafe: {}, searchAttributes: {} };
  const options = { info, randomnessSeed: [1, 2, 3, 4], now: 0 } as unknown as WorkflowCreateOptions;
  const run = await creator.createWorkflow(options);
  const { context } = creator as unknown as { context: Sandbox };
  // the SDK itself looks up a converter for each, of which there is none
  const loaded = [...context.__TEMPORAL_ACTIVATOR__.moduleCache.keys()].filter((id) => !id.startsWith('?'));
  expect(loaded).toEqual([]);
  await run.dispose();
  await creator.destroy();
});
