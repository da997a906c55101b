import type { WorkerDeploymentVersion } from '@temporalio/common';
import type { WorkerOptions } from '@temporalio/worker';

/** Name of the deployment where `LEASEHOLD_DEPLOYMENT` says nothing. */
export const DEPLOYMENT = 'leasehold';

/** A build of a deployment: `{ deploymentName: 'leasehold', buildId: '1.4.0' }`. */
export type Version = WorkerDeploymentVersion;

/**
 * What makes a worker take only the work that Temporal gives to its version. Every run moves on to the version that is current,
 * with its next task: see docs/decisions/0017-versions.md.
 */
export function asVersion(version: Version | undefined): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (!version) return {};
  return {
    workerDeploymentOptions: {
      version,
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'AUTO_UPGRADE',
    },
  };
}
