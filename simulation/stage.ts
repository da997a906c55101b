import { Context } from '@temporalio/activity';
import { Client, type WorkflowClientInterceptor } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { NativeConnection, Worker } from '@temporalio/worker';
import { hostActivities, marking } from '../worker/index.js';
import { ActivityGate } from './activity-gate.js';
import type { Place } from './places.js';
import type { Tempo } from './tempo.js';

export const WORKERS = 2;
const TASK_QUEUE = 'simulation';
/** The only activity of the only workflow that may outlive its parent. */
const DELIVERY = 'postEvent';

type Activity = (...args: unknown[]) => Promise<unknown>;
/** The activities of one worker. */
export type ActivitySet = Record<string, Activity>;

/** The workflows that are played on a stage; default: the product's. */
export interface Cast {
  /** Path of their bundle. */
  bundle?: string;
  /** Encrypts what is kept at Temporal; the bundle must be made for it. */
  dataConverter?: DataConverter;
}

/** A worker that polls, until it is stopped. */
interface Polling {
  worker: Worker;
  running: Promise<void>;
}

/**
 * A place with workers that stay while seeds come and go, because it is their start that takes long.
 * A seed brings activities of its own, with an API, caches and a memory that no other seed has seen.
 * Workflows and activities have workers of their own, so that activity tasks can wait for one while runs go on.
 */
export class Stage {
  readonly taskQueue = TASK_QUEUE;
  readonly activityGate = new ActivityGate();
  private playing: ActivitySet[] = [];
  private workflowWorkers: Polling[] = [];
  private activityWorkers: Polling[] = [];
  /** What is under way, and since when: for whoever wonders why a seed takes so long. */
  private readonly underWay = new Map<object, { what: string; since: number }>();

  private constructor(
    private readonly place: Place,
    private readonly cast: Cast,
    private readonly connections: NativeConnection[],
  ) {}

  /** Closes the place as well. */
  static async open(cast: Cast, place: Place): Promise<{ stage: Stage; close(): Promise<void> }> {
    const connect = () => NativeConnection.connect({ address: place.address });
    // Workers of one queue need a connection each, as they would in processes of their own.
    const connections = await Promise.all(Array.from({ length: WORKERS }, connect));
    const stage = new Stage(place, cast, connections);
    stage.workflowWorkers = await Promise.all(connections.map((one) => stage.startWorkflowWorker(one)));
    stage.activityWorkers = await Promise.all(
      connections.map((one, nth) => stage.startActivityWorker(one, nth)),
    );
    return { stage, close: () => stage.close() };
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
    return new Client({
      connection,
      namespace,
      ...(this.cast.dataConverter && { dataConverter: this.cast.dataConverter }),
      interceptors: { workflow: [interceptor] },
    });
  }

  now(): Promise<number> {
    return this.place.now();
  }

  sleep(milliseconds: number): Promise<void> {
    return this.place.sleep(milliseconds, () => this.isIdle);
  }

  private get isIdle(): boolean {
    const activations = ({ worker }: Polling) => worker.getStatus().numInFlightWorkflowActivations;
    return this.underWay.size === 0 && this.workflowWorkers.every((one) => activations(one) === 0);
  }

  private async startWorkflowWorker(connection: NativeConnection): Promise<Polling> {
    const { namespace } = this.place;
    return started(await hostActivities({ ...this.cast, connection, namespace, taskQueue: TASK_QUEUE }));
  }

  private async startActivityWorker(connection: NativeConnection, nth: number): Promise<Polling> {
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
        if (activityType === DELIVERY && workflowExecution)
          void this.place.childEnds?.(workflowExecution).catch(() => undefined);
      }
    };
    // an activity of this name is run for every name that has none of its own
    const activities = { default: relayed };
    return started(
      await Worker.create({
        dataConverter: marking(this.cast.dataConverter),
        connection,
        namespace,
        taskQueue: TASK_QUEUE,
        activities,
        tuner: this.activityGate.tuner,
        maxConcurrentActivityTaskPolls: 1, // each may still bring a task when the gate is closed
      }),
    );
  }

  private async close(): Promise<void> {
    await Promise.all([...this.workflowWorkers, ...this.activityWorkers].map(stop));
    await Promise.all(this.connections.map((connection) => connection.close()));
    await this.place.close();
  }
}

function started(worker: Worker): Polling {
  return { worker, running: worker.run() };
}

async function stop({ worker, running }: Polling): Promise<void> {
  worker.shutdown();
  await running;
}
