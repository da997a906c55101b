import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import { addSearchAttributes, findSearchAttributeProblems } from '../worker/search-attributes.js';
import type { Child } from './child.js';

const READY_LIMIT_MS = 90_000;
const RETENTION = '7 days';
/** What a server answers to a name that it has already. */
const ALREADY_EXISTS = 6;

/** Waits until the server serves a namespace that has our search attributes; makes both where they are missing. */
export async function openNamespace(address: string, namespace: string, server: Child): Promise<void> {
  const deadline = Date.now() + READY_LIMIT_MS;
  let why: unknown;
  for (;;) {
    if (!server.isRunning()) throw new Error(`The Temporal server for ${address} ended while it started.`);
    try {
      if (await isOpen(address, namespace)) return;
    } catch (error) {
      why = error;
    }
    await sleep(100);
    if (Date.now() > deadline)
      throw new Error(
        `The Temporal server at ${address} did not serve within ${READY_LIMIT_MS / 1000} s: ${String(why)}`,
      );
  }
}

async function isOpen(address: string, namespace: string): Promise<boolean> {
  const connection = await Connection.connect({ address, connectTimeout: 2_000 });
  try {
    const workflowExecutionRetentionPeriod = msToTs(RETENTION);
    await connection.workflowService
      .registerNamespace({ namespace, workflowExecutionRetentionPeriod })
      .catch((error: unknown) => {
        if (codeOf(error) !== ALREADY_EXISTS) throw error;
      });
    const { missing } = await findSearchAttributeProblems(connection, namespace);
    if (missing.length === 0) return true;
    await addSearchAttributes(connection, namespace, missing);
    return false;
  } finally {
    await connection.close();
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
