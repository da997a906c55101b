import type { Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import { ACTIVITY_MARK } from '../domain/payload-metadata.js';

const BY_WORKER = Buffer.from('worker');

/** Marks what a worker writes for an activity, so that a workflow can tell a result that somebody else put in. */
export const markCodec: PayloadCodec = {
  encode: (payloads, context) => Promise.resolve(isOfActivity(context) ? payloads.map(marked) : payloads),
  decode: (payloads) => Promise.resolve(payloads),
};

function isOfActivity(context: SerializationContext | undefined): boolean {
  return context?.type === 'activity';
}

function marked(payload: Payload): Payload {
  return { ...payload, metadata: { ...payload.metadata, [ACTIVITY_MARK]: BY_WORKER } };
}
