/** The workflows of a version after today's. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { onTestFinished } from 'vitest';
import { built } from '../../embedded/project.js';

/**
 * Path of a bundle in which `manageLease` begins with a step that is guarded by `patched()`: it goes on with today's runs, and
 * today's code cannot go on with those that it began. Beside today's workflows until the test ends, so that imports resolve.
 */
export async function bundleNextVersion(): Promise<string> {
  const folder = await mkdtemp(built('next-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const source = join(folder, 'index.js');
  await writeFile(
    source,
    `import { patched } from '@temporalio/workflow';
     import { manageLease as today } from '../workflows/index.js';
     export * from '../workflows/index.js';
     export async function manageLease(input) {
       patched('next-version');
       return today(input);
     }`,
  );
  const { code } = await bundleWorkflowCode({ workflowsPath: source, logger: new DefaultLogger('ERROR') });
  const path = join(folder, 'workflow-bundle.js');
  await writeFile(path, code);
  return path;
}
