/** Makes dist/workflow-bundle.js: workflow code as the worker's sandbox loads it. `--size` says how large it is. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import { ROOT } from './report.mjs';

/** The bundler tells its warnings inside a long report at level info: only the ones that matter are passed on. */
const logger = new DefaultLogger('INFO', ({ level, message }) => {
  if (level !== 'INFO' || /\bWARNING in\b/.test(message)) console.error(message);
});

try {
  const { code } = await bundleWorkflowCode({
    workflowsPath: join(ROOT, 'dist', 'workflows', 'index.js'),
    logger,
  });
  writeFileSync(join(ROOT, 'dist', 'workflow-bundle.js'), code);
  if (process.argv.includes('--size'))
    console.log(`dist/workflow-bundle.js: ${Math.round(code.length / 1024)} KiB`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
