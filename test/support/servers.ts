import { inject } from 'vitest';
import { built } from '../../embedded/project.js';

declare module 'vitest' {
  interface ProvidedContext {
    devServer: DevServerAddress;
    timeSkippingServer: string;
  }
}

export interface DevServerAddress {
  /** `127.0.0.1:12345`. */
  address: string;
  namespace: string;
  /** The `temporal` program, for a test that needs a server of its own. */
  cli: string;
}

/** The Temporal server that the tests of test/server or test/all/server share. */
export const devServer = (): DevServerAddress => inject('devServer');

/** The program of the time-skipping servers. */
export const timeSkippingProgram = (): string => inject('timeSkippingServer');

/** The workflow bundle as it ships; up to date in every tier that needs it. */
export const WORKFLOW_BUNDLE = built('workflow-bundle.js');

/**
 * How a worker that only replays is made: it runs the workflows in the thread that it is called in, as starting one of
 * its own takes far more processor time than a replay.
 */
export const replaying = (bundle = WORKFLOW_BUNDLE) => ({
  workflowBundle: { codePath: bundle },
  debugMode: true,
});
