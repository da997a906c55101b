import { randomUUID } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/client';
import { NAMES } from '../domain/contract.js';
import { SPENDING_BOOK_ID } from '../domain/ids.js';
import type { SpendingFigures } from '../domain/spending.js';
import { bounded, QUERY_LIMIT_MS, untilAdmitted } from './calls.js';
import type { Context } from './context.js';
import { withQueueNamed } from './task-queue.js';

/** All open leases are asked for their price: seconds for hundreds, minutes for thousands. */
const REBUILD_LIMIT_MS = 10 * 60_000;

/** What is held and spent; undefined where no worker with limits has leased anything yet. */
export async function readFigures(context: Context): Promise<SpendingFigures | undefined> {
  const { client } = context;
  const book = client.workflow.getHandle(SPENDING_BOOK_ID);
  const query = () => book.query<SpendingFigures>(NAMES.figures);
  return ofBook(() => withQueueNamed(context, book, () => bounded(client.connection, QUERY_LIMIT_MS, query)));
}

export async function rebuildFigures(context: Context): Promise<SpendingFigures | undefined> {
  const { client } = context;
  const updateId = randomUUID();
  const book = client.workflow.getHandle(SPENDING_BOOK_ID);
  const rebuild = () => book.executeUpdate<SpendingFigures, []>(NAMES.rebuild, { updateId });
  return ofBook(() =>
    withQueueNamed(context, book, () => untilAdmitted(client.connection, REBUILD_LIMIT_MS, rebuild)),
  );
}

async function ofBook<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Error && error.cause instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
