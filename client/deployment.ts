import type { Client } from '@temporalio/client';
import { tsToDate } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import { OPEN_RUNS } from '../domain/run-status.js';
import { bounded, SERVER_LIMIT_MS } from './calls.js';

const { VersionDrainageStatus } = proto.temporal.api.enums.v1; // a CommonJS module: no named exports
const { VERSION_DRAINAGE_STATUS_DRAINING: DRAINING } = VersionDrainageStatus;
const { PINNED_OVERRIDE_BEHAVIOR_PINNED: PINNED } =
  proto.temporal.api.workflow.v1.VersioningOverride.PinnedOverrideBehavior;

/** Which of a deployment's versions gets work: `ramping` a share of it, `draining` what is pinned to it, `idle` none. */
export type VersionState = 'current' | 'ramping' | 'draining' | 'idle';

export interface VersionSeen {
  buildId: string;
  state: VersionState;
  /** Of new runs and of runs that move on, where it is ramping. */
  percentage?: number;
  /** ISO 8601; when its first worker came. */
  createdAt?: string;
  /** Runs whose last task it did. */
  openRuns: number;
}

/** The versions of our workers, as Temporal knows them. Every method rejects with `LeaseholdError`. */
export class Deployment {
  constructor(
    private readonly client: Client,
    readonly name: string,
  ) {}

  /** Newest first. */
  async versions(): Promise<VersionSeen[]> {
    const { namespace } = this.client.options;
    const { workerDeploymentInfo: info } = await this.ask(() =>
      this.client.workflowService.describeWorkerDeployment({ namespace, deploymentName: this.name }),
    );
    const current = info?.routingConfig?.currentDeploymentVersion?.buildId;
    const ramping = info?.routingConfig?.rampingDeploymentVersion?.buildId;
    const seen = (info?.versionSummaries ?? []).flatMap(({ deploymentVersion, createTime, drainageInfo }) => {
      const buildId = deploymentVersion?.buildId;
      return buildId ? [{ buildId, createTime, isDraining: drainageInfo?.status === DRAINING }] : [];
    });
    const versions = seen.map(async ({ buildId, createTime, isDraining }): Promise<VersionSeen> => {
      const state =
        buildId === current ? 'current' : buildId === ramping ? 'ramping' : isDraining ? 'draining' : 'idle';
      return {
        buildId,
        state,
        ...(state === 'ramping' && { percentage: info?.routingConfig?.rampingVersionPercentage ?? 0 }),
        ...(createTime && { createdAt: tsToDate(createTime).toISOString() }),
        openRuns: await this.openRuns(buildId),
      };
    });
    const told = await Promise.all(versions);
    return told.toSorted((a, b) => (b.createdAt ?? '').localeCompare(a.createdAt ?? ''));
  }

  /** From now on new runs, and open ones with their next task, are done by this version. A worker of it must be polling. */
  async use(buildId: string): Promise<void> {
    const { namespace, identity } = this.client.options;
    const request = { namespace, deploymentName: this.name, buildId, identity };
    await this.ask(() => this.client.workflowService.setWorkerDeploymentCurrentVersion(request));
  }

  /** The same for a share of the runs, 0 to 100; 0 ends it. */
  async ramp(buildId: string, percentage: number): Promise<void> {
    const { namespace, identity } = this.client.options;
    const request = { namespace, deploymentName: this.name, identity, percentage };
    const ramping = { ...request, buildId: percentage === 0 ? '' : buildId };
    await this.ask(() => this.client.workflowService.setWorkerDeploymentRampingVersion(ramping));
  }

  /** Whatever is current, this run is done by that version; undefined: by the current one again. */
  async pin(run: { workflowId: string; runId: string }, buildId: string | undefined): Promise<void> {
    const { namespace } = this.client.options;
    const { name: deploymentName } = this;
    const pinned = buildId !== undefined && { behavior: PINNED, version: { deploymentName, buildId } };
    await this.ask(() =>
      this.client.workflowService.updateWorkflowExecutionOptions({
        namespace,
        workflowExecution: run,
        workflowExecutionOptions: pinned ? { versioningOverride: { pinned } } : {},
        updateMask: { paths: ['versioning_override'] },
      }),
    );
  }

  private async openRuns(buildId: string): Promise<number> {
    const query = `TemporalWorkerDeploymentVersion = "${this.name}:${buildId}" AND ${OPEN_RUNS}`;
    return (await this.ask(() => this.client.workflow.count(query))).count;
  }

  private ask<T>(call: () => Promise<T>): Promise<T> {
    return bounded(this.client.connection, SERVER_LIMIT_MS, call);
  }
}
