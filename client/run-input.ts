import type { Payload } from '@temporalio/common';
import { ask, type Context } from './context.js';

/** What a run was started with, from the first event of its history. */
export function firstInput(context: Context, workflowId: string, runId: string): Promise<unknown> {
  const { client, namespace } = context;
  return ask(context, async () => {
    const { history } = await client.workflowService.getWorkflowExecutionHistory({
      namespace,
      execution: { workflowId, runId },
      maximumPageSize: 1,
    });
    const payloads = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
    return (await decodePayloads(context, payloads))[0];
  });
}

/** As the program that wrote them meant them, which takes its data converter. */
export async function decodePayloads(
  { client }: Pick<Context, 'client'>,
  payloads: readonly Payload[],
): Promise<unknown[]> {
  const { payloadCodecs, payloadConverter } = client.options.loadedDataConverter;
  let plain = [...payloads];
  for (const codec of payloadCodecs.toReversed()) plain = await codec.decode(plain);
  return plain.map((payload) => payloadConverter.fromPayload<unknown>(payload));
}
