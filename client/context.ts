import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { bounded, SERVER_LIMIT_MS } from './calls.js';
import { runLink } from './links.js';

/** What every handle needs: where Temporal is, which queue the workers poll and where a person can look. */
export interface Context {
  client: Client;
  namespace: string;
  taskQueue: string;
  /** Base URL of the Temporal UI, where one is known. */
  uiUrl: string | undefined;
}

/** One call that waits for nothing but the Temporal server. */
export function ask<T>({ client }: Context, call: () => Promise<T>): Promise<T> {
  return bounded(client.connection, SERVER_LIMIT_MS, call);
}

/** Undefined where no run has this id. */
export async function describe(
  context: Context,
  workflowId: string,
  runId?: string,
): Promise<WorkflowExecutionDescription | undefined> {
  return ask(context, async () => {
    try {
      return await context.client.workflow.getHandle(workflowId, runId).describe();
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  });
}

export function linkTo(context: Context, workflowId: string, runId?: string): string | undefined {
  return runLink(context.uiUrl, context.namespace, workflowId, runId);
}

export { quoted } from '../domain/search-attributes.js';
