import { pathToFileURL } from 'node:url';
import { built } from '../embedded/project.js';

/**
 * Flags of Node for a worker whose workflow sandbox has no time limit: for each entry Node starts a thread that watches over
 * it, which is half of what entering takes.
 */
export const UNWATCHED = ['--import', pathToFileURL(built('bench/process/without-time-limit.js')).href];
