/** Makes dist/workflow-bundle.js: workflow code as the worker's sandbox loads it. `--size` says how large it is. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DefaultLogger, bundleWorkflowCode } from '@temporalio/worker';
import { ROOT } from './report.mjs';

/** The bundler tells its warnings inside a long report at level info: only the ones that matter are passed on. */
const logger = new DefaultLogger('INFO', ({ level, message }) => {
  if (level !== 'INFO' || /\bWARNING in\b/.test(message)) console.error(message);
});

const inWorkflows = (file) => join(ROOT, 'dist', 'workflows', file);
/** Without a trace that a caller brings along, those for tracing pass everything on as it is. */
const workflowInterceptorModules = [
  inWorkflows('tracing-interceptors.js'),
  inWorkflows('result-interceptors.js'),
];
const payloadConverterPath = inWorkflows('payload-converter.js');
/** Loaded once for all runs of a worker instead of once for each: decision 20. */
const preloadModules = [inWorkflows('index.js'), ...workflowInterceptorModules, payloadConverterPath];
const workflows = {
  entry: 'workflows/index.js',
  workflowInterceptorModules,
  payloadConverterPath,
  preloadModules,
};
/** With encryption the messages of failures are written another way, which is part of a bundle. */
const failureConverterPath = join(ROOT, 'dist', 'codec', 'failure-converter.js');
const encrypted = {
  ...workflows,
  failureConverterPath,
  preloadModules: [...preloadModules, failureConverterPath],
};
const BUNDLES = { 'workflow-bundle.js': workflows, 'workflow-bundle-encrypted.js': encrypted };
// what the product is measured against; an image of the product has no such folder
if (existsSync(join(ROOT, 'bench', 'textbook')))
  BUNDLES['textbook-bundle.js'] = { entry: 'bench/textbook/workflow.js' };

try {
  for (const [name, { entry, ...options }] of Object.entries(BUNDLES)) {
    const workflowsPath = join(ROOT, 'dist', entry);
    const { code } = await bundleWorkflowCode({ workflowsPath, logger, ...options });
    writeFileSync(join(ROOT, 'dist', name), code);
    if (process.argv.includes('--size')) console.log(`dist/${name}: ${Math.round(code.length / 1024)} KiB`);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
