import { Context } from '@temporalio/activity';
import { Client, type WorkflowClientInterceptor } from '@temporalio/client';
import { NativeConnection, type Worker } from '@temporalio/worker';
import { hostActivities } from '../worker/index.js';
import type { Place } from './places.js';
import type { Tempo } from './tempo.js';

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
 * A place with workers that stay while seeds come and go, because it is their start that takes long.
 * A seed brings activities of its own, with an API, caches and a memory that no other seed has seen.
 */
export class Stage {
  private playing: ActivitySet[] = [];
  /** What is under way, and since when: for whoever wonders why a seed takes so long. */
  private readonly underWay = new Map<object, { what: string; since: number }>();

  private constructor(
    private readonly place: Place,
    private readonly connections: NativeConnection[],
    readonly taskQueue: string,
  ) {}

  /** Closes the place as well. */
  static async open(cast: Cast, place: Place): Promise<{ stage: Stage; close(): Promise<void> }> {
    const connect = () => NativeConnection.connect({ address: place.address });
    // Workers of one queue need a connection each, as they would in processes of their own.
    const connections = await Promise.all(Array.from({ length: WORKERS }, connect));
    const stage = new Stage(place, connections, 'simulation');
    const workers = await Promise.all(connections.map((_, nth) => stage.createWorker(cast, nth)));
    const running = Promise.all(workers.map((worker) => worker.run()));
    const close = async () => {
      for (const worker of workers) worker.shutdown();
      await running;
      await Promise.all(connections.map((connection) => connection.close()));
      await place.close();
    };
    return { stage, close };
  }

  /** From now on the workers' activities are these, a set a worker. */
  play(sets: ActivitySet[]): void {
    this.playing = sets;
  }

  /** Activities that have not answered yet, a line each. */
  busyWith(): string[] {
    return [...this.underWay.values()].map(({ what, since }) => `${what}, for ${Date.now() - since} ms`);
  }

  get tempo(): Tempo {
    return this.place.tempo;
  }

  /** Not the test environment's own client: that one moves time with each result that is awaited, and counts wrong for many. */
  client(interceptor: WorkflowClientInterceptor): Client {
    const { connection, namespace } = this.place;
    return new Client({ connection, namespace, interceptors: { workflow: [interceptor] } });
  }

  now(): Promise<number> {
    return this.place.now();
  }

  sleep(milliseconds: number): Promise<void> {
    return this.place.sleep(milliseconds, () => this.underWay.size === 0);
  }

  private createWorker({ bundle }: Cast, nth: number): Promise<Worker> {
    const { namespace } = this.place;
    const relayed: Activity = async (...args) => {
      const { activityType, workflowExecution } = Context.current().info;
      const activity = this.playing[nth]?.[activityType];
      if (!activity) throw new Error(`no seed is playing that has an activity ${activityType}`);
      const call = { what: `${activityType} of ${workflowExecution?.workflowId}`, since: Date.now() };
      this.underWay.set(call, call);
      try {
        return await activity(...args);
      } finally {
        this.underWay.delete(call);
      }
    };
    const connection = this.connections[nth];
    if (!connection) throw new Error(`worker ${nth} has no connection`);
    // an activity of this name is run for every name that has none of its own
    const host = { connection, namespace, taskQueue: this.taskQueue, activities: { default: relayed } };
    return hostActivities({ ...host, ...(bundle !== undefined && { bundle }) });
  }
}
