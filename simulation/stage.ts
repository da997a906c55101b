import { Context } from '@temporalio/activity';
import { Client, type WorkflowClientInterceptor } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { NativeConnection, type Worker } from '@temporalio/worker';
import { findTimeSkippingServer } from '../embedded/time-skipping-server.js';
import { hostActivities } from '../worker/index.js';
import { addSearchAttributes } from '../worker/search-attributes.js';
import { launchTimeSkippingServer } from './time-skipping.js';

export const WORKERS = 2;

type Activity = (...args: unknown[]) => Promise<unknown>;
/** The activities of one worker. */
export type ActivitySet = Record<string, Activity>;

/** The workflows that are played on a stage; default: the product's. */
export interface Cast {
  /** Path of their bundle. */
  bundle?: string;
}

/**
 * A time-skipping server with workers that stay while seeds come and go, because it is their start that takes long.
 * A seed brings activities of its own, with an API, caches and a memory that no other seed has seen.
 */
export class Stage {
  private playing: ActivitySet[] = [];

  private constructor(
    private readonly env: TestWorkflowEnvironment,
    private readonly connections: NativeConnection[],
    readonly taskQueue: string,
  ) {}

  static async open(
    cast: Cast,
    report: (line: string) => void,
  ): Promise<{ stage: Stage; close(): Promise<void> }> {
    const env = await startServer(report);
    const connect = () => NativeConnection.connect({ address: env.address });
    // Workers of one queue need a connection each, as they would in processes of their own.
    const connections = await Promise.all(Array.from({ length: WORKERS }, connect));
    const stage = new Stage(env, connections, 'simulation');
    const workers = await Promise.all(connections.map((_, nth) => stage.createWorker(cast, nth)));
    const running = Promise.all(workers.map((worker) => worker.run()));
    const close = async () => {
      for (const worker of workers) worker.shutdown();
      await running;
      await Promise.all(connections.map((connection) => connection.close()));
      await env.teardown();
    };
    return { stage, close };
  }

  /** From now on the workers' activities are these, a set a worker. */
  play(sets: ActivitySet[]): void {
    this.playing = sets;
  }

  /** Not the environment's own client: that one moves time with each result that is awaited, and counts wrong for many. */
  client(interceptor: WorkflowClientInterceptor): Client {
    const { connection, namespace = 'default' } = this.env;
    return new Client({ connection, namespace, interceptors: { workflow: [interceptor] } });
  }

  now(): Promise<number> {
    return this.env.currentTimeMs();
  }

  sleep(milliseconds: number): Promise<void> {
    return this.env.sleep(milliseconds);
  }

  private createWorker({ bundle }: Cast, nth: number): Promise<Worker> {
    const { namespace = 'default' } = this.env;
    const relayed: Activity = (...args) => {
      const { activityType } = Context.current().info;
      const activity = this.playing[nth]?.[activityType];
      if (!activity) throw new Error(`no seed is playing that has an activity ${activityType}`);
      return activity(...args);
    };
    const connection = this.connections[nth] ?? this.env.nativeConnection;
    // an activity of this name is run for every name that has none of its own
    const host = { connection, namespace, taskQueue: this.taskQueue, activities: { default: relayed } };
    return hostActivities({ ...host, ...(bundle !== undefined && { bundle }) });
  }
}

async function startServer(report: (line: string) => void): Promise<TestWorkflowEnvironment> {
  const found = await findTimeSkippingServer({ report });
  if ('unavailable' in found) throw new Error(found.unavailable);
  const env = await launchTimeSkippingServer(found.path);
  await addSearchAttributes(env.connection, env.namespace ?? 'default');
  return env;
}
