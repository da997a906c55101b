import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';

/** What a run was started with, from the first event of its history. */
export async function firstInput(client: Client, workflowId: string, runId: string): Promise<unknown> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  const payloads = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads ?? [];
  return (await decodePayloads(client, payloads))[0];
}

/** As the program that wrote them meant them, which takes its data converter. */
export async function decodePayloads(client: Client, payloads: readonly Payload[]): Promise<unknown[]> {
  const { payloadCodecs, payloadConverter } = client.options.loadedDataConverter;
  let plain = [...payloads];
  for (const codec of payloadCodecs.toReversed()) plain = await codec.decode(plain);
  return plain.map((payload) => payloadConverter.fromPayload<unknown>(payload));
}
