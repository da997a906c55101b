import type { TestProject } from 'vitest/node';
import { findTimeSkippingServer } from '../../embedded/time-skipping-server.js';

/** Finds the program of the time-skipping server; each test file starts its own, as time is skipped for a whole server. */
export default async function setup(project: TestProject): Promise<void> {
  const report = (line: string): void => void process.stderr.write(`${line}\n`);
  const found = await findTimeSkippingServer({ report });
  if ('unavailable' in found) throw new Error(found.unavailable);
  project.provide('timeSkippingServer', found.path);
}
