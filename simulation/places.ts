import { setTimeout as delay } from 'node:timers/promises';
import { Connection, type ConnectionLike } from '@temporalio/client';
import { openNamespace } from '../bench/servers.js';
import { RETRIED_CALLS } from '../client/retried-calls.js';
import { findTimeSkippingServer } from '../embedded/time-skipping-server.js';
import { addSearchAttributes } from '../worker/search-attributes.js';
import { AS_PLANNED, BRISK, type Tempo } from './tempo.js';
import { launchTimeSkippingServer, UnheldTime } from './time-skipping.js';

/** Where fleets are played: a namespace of a Temporal server, and how its time goes. */
export interface Place {
  /** `127.0.0.1:7233`. */
  address: string;
  namespace: string;
  connection: ConnectionLike;
  tempo: Tempo;
  /** Epoch milliseconds of the server's clock. */
  now(): Promise<number>;
  /** @param isIdle whether nothing of ours is under way, so that there is nothing which a server may rightly wait for */
  sleep(milliseconds: number, isIdle: () => boolean): Promise<void>;
  /** To be told of each child that is about to end, where the server's clock counts them. */
  childEnds?(child: { workflowId: string; runId: string }): Promise<void>;
  close(): Promise<void>;
}

/** A server of one's own that skips time while nothing happens. */
export async function timeSkippingPlace(report: (line: string) => void): Promise<Place> {
  const found = await findTimeSkippingServer({ report });
  if ('unavailable' in found) throw new Error(found.unavailable);
  const env = await launchTimeSkippingServer(found.path);
  const { address, namespace = 'default' } = env;
  const connection = await Connection.connect({ address, interceptors: RETRIED_CALLS });
  await addSearchAttributes(connection, namespace);
  const time = new UnheldTime(env.connection, connection);
  return {
    address,
    namespace,
    connection,
    tempo: AS_PLANNED,
    now: () => env.currentTimeMs(),
    sleep: (milliseconds, isIdle) => time.sleep(milliseconds, isIdle, env.sleep),
    childEnds: (child) => time.unlockAfter(child),
    close: () => connection.close().then(() => env.teardown()),
  };
}

/** A namespace of its own on a server that somebody else runs on this machine, in real time. */
export async function realPlace(address: string): Promise<Place> {
  const opened = await openNamespace({ address });
  const { client, namespace } = opened;
  return {
    address,
    namespace,
    connection: client.connection,
    tempo: BRISK,
    now: () => Promise.resolve(Date.now()),
    sleep: (milliseconds) => delay(milliseconds),
    close: () => opened.close(),
  };
}
