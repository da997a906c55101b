import type { TestProject } from 'vitest/node';
import { findTimeSkippingServer } from '../../embedded/time-skipping-server.js';
import { report } from './tell.js';

/** Finds the program of the time-skipping server; each test file starts its own, as time is skipped for a whole server. */
export default async function setup(project: TestProject): Promise<void> {
  const found = await findTimeSkippingServer({ report });
  if ('unavailable' in found) throw new Error(found.unavailable);
  project.provide('timeSkippingServer', found.path);
}
