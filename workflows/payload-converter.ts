import {
  DefaultPayloadConverter,
  type ConverterHint,
  type Payload,
  type SerializationContext,
} from '@temporalio/common';
import { decode } from '@temporalio/common/lib/encoding.js';
import { ACTIVITY_MARK, ENCRYPTED, isKeyId, KEY_ID_FIELD } from '../domain/payload-metadata.js';
import { Undecodable } from './undecodable.js';

/**
 * Does not throw: the SDK decodes signals and results before any code of ours runs, and what throws there fails the workflow
 * task each time it is tried. A result that no worker of Leasehold wrote counts as undecodable too. Only what names a key that
 * this worker lacks fails the task: a worker that has the key must not see another history.
 */
class TolerantPayloadConverter extends DefaultPayloadConverter {
  override fromPayload<T>(payload: Payload, context?: SerializationContext, hint?: ConverterHint<T>): T {
    if (isEncrypted(payload)) return super.fromPayload<T>(payload, context, hint);
    if (context?.type === 'activity' && payload.metadata?.[ACTIVITY_MARK] === undefined)
      return new Undecodable('no worker of Leasehold wrote it') as T;
    try {
      return super.fromPayload<T>(payload, context, hint);
    } catch (error) {
      return new Undecodable(error instanceof Error ? error.message : String(error)) as T;
    }
  }
}

function isEncrypted({ metadata }: Payload): boolean {
  const { encoding, [KEY_ID_FIELD]: keyId } = metadata ?? {};
  return encoding !== undefined && decode(encoding) === ENCRYPTED && isKeyId(keyId ? decode(keyId) : '');
}

/** The bundle of the workflows loads it by its path. */
export const payloadConverter = new TolerantPayloadConverter();
