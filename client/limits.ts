import { randomUUID } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/client';
import { NAMES } from '../domain/contract.js';
import { SPENDING_BOOK_ID } from '../domain/ids.js';
import type { SpendingFigures } from '../domain/spending.js';
import { bounded, QUERY_LIMIT_MS, untilAdmitted } from './calls.js';
import type { Context } from './context.js';

/** All open leases are asked for their price: seconds for hundreds, minutes for thousands. */
const REBUILD_LIMIT_MS = 10 * 60_000;

/** What is held and spent; undefined where no worker with limits has leased anything yet. */
export async function readFigures({ client }: Context): Promise<SpendingFigures | undefined> {
  return ofBook(() =>
    bounded(client.connection, QUERY_LIMIT_MS, () =>
      client.workflow.getHandle(SPENDING_BOOK_ID).query<SpendingFigures>(NAMES.figures),
    ),
  );
}

export async function rebuildFigures({ client }: Context): Promise<SpendingFigures | undefined> {
  const updateId = randomUUID();
  return ofBook(() =>
    untilAdmitted(client.connection, REBUILD_LIMIT_MS, () =>
      client.workflow
        .getHandle(SPENDING_BOOK_ID)
        .executeUpdate<SpendingFigures, []>(NAMES.rebuild, { updateId }),
    ),
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
