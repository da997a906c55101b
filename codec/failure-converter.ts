import { DefaultFailureConverter } from '@temporalio/common';

/**
 * Messages and stack traces of failures as payloads, so that the codec encrypts them too. Temporal's SDK loads it by its
 * path, into the worker and into the workflows' bundle.
 */
export const failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
