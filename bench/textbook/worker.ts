import { Worker, type NativeConnection } from '@temporalio/worker';
import type { Contiguity } from '../../contiguity/index.js';
import { built } from '../../embedded/project.js';
import { createTextbookActivities } from './activities.js';

/** Made at build time, beside the product's own bundle. */
export const TEXTBOOK_BUNDLE = built('textbook-bundle.js');

export interface TextbookWorkerDeps {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  api: Contiguity;
}

/** A worker that is not yet running, with the SDK's defaults. */
export function createTextbookWorker({ api, ...where }: TextbookWorkerDeps): Promise<Worker> {
  return Worker.create({
    ...where,
    workflowBundle: { codePath: TEXTBOOK_BUNDLE },
    activities: createTextbookActivities(api),
  });
}
