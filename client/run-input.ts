import { decodePayloads as decode, firstInput as readInput } from '../activities/run-input.js';
import { ask, type Context } from './context.js';

type Payloads = Parameters<typeof decode>[1];

/** What a run was started with, from the first event of its history. */
export function firstInput(context: Context, workflowId: string, runId: string): Promise<unknown> {
  return ask(context, () => readInput(context.client, workflowId, runId));
}

/** As the program that wrote them meant them, which takes its data converter. */
export function decodePayloads({ client }: Pick<Context, 'client'>, payloads: Payloads): Promise<unknown[]> {
  return decode(client, payloads);
}
