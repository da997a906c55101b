import {
  DefaultPayloadConverter,
  type ConverterHint,
  type Payload,
  type SerializationContext,
} from '@temporalio/common';
import { ACTIVITY_MARK } from '../domain/activity-mark.js';
import { Undecodable } from './undecodable.js';

/**
 * Never throws: the SDK decodes signals and results before any code of ours runs, and what throws there fails the workflow
 * task each time it is tried. A result that no worker of Leasehold wrote counts as undecodable too.
 */
class TolerantPayloadConverter extends DefaultPayloadConverter {
  override fromPayload<T>(payload: Payload, context?: SerializationContext, hint?: ConverterHint<T>): T {
    if (context?.type === 'activity' && payload.metadata?.[ACTIVITY_MARK] === undefined)
      return new Undecodable('no worker of Leasehold wrote it') as T;
    try {
      return super.fromPayload<T>(payload, context, hint);
    } catch (error) {
      return new Undecodable(error instanceof Error ? error.message : String(error)) as T;
    }
  }
}

/** The bundle of the workflows loads it by its path. */
export const payloadConverter = new TolerantPayloadConverter();
