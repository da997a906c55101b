import { pathToFileURL } from 'node:url';
import { built } from '../../embedded/project.js';
import type { WorkerChanges } from '../contenders.js';

/** A worker whose workflow sandbox has no time limit: for each entry Node starts a thread that watches over it. */
export function withoutTimeLimit(): WorkerChanges {
  const file = built('bench/process/without-time-limit.js');
  return { execArgv: ['--import', pathToFileURL(file).href] };
}
