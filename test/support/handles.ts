import { randomUUID } from 'node:crypto';
import {
  WorkflowFailedError,
  WorkflowUpdateFailedError,
  WorkflowUpdateStage,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  NAMES,
  type ExtendAnswer,
  type ExtendRequest,
  type LeaseResult,
  type LeaseStatus,
  type Leased,
  type Message,
  type ProvisionStatus,
  type ResolveAnswer,
  type ResolveRequest,
  type SendAnswer,
  type TerminateAnswer,
} from '../../domain/contract.js';
import type { Failure } from '../../domain/failures.js';
import type { Server } from './harness.js';

export class ProvisionHandle {
  constructor(
    readonly handle: WorkflowHandle<(input: unknown) => Promise<Leased>>,
    private readonly server: Server,
  ) {}

  result(): Promise<Leased> {
    return waitFor(this.server, this.handle.result());
  }

  status(): Promise<ProvisionStatus> {
    return this.handle.query<ProvisionStatus>(NAMES.status);
  }
}

export class LeaseHandle {
  constructor(
    readonly number: string,
    readonly handle: WorkflowHandle<() => Promise<LeaseResult>>,
    private readonly server: Server,
  ) {}

  status(): Promise<LeaseStatus> {
    return this.handle.query<LeaseStatus>(NAMES.status);
  }

  result(): Promise<LeaseResult> {
    return waitFor(this.server, this.handle.result());
  }

  /** Asks, and gives what waits for the answer: only then does time go on. */
  async begin<T>(name: string, args: unknown, updateId: string = randomUUID()): Promise<() => Promise<T>> {
    const waitForStage = WorkflowUpdateStage.ACCEPTED;
    const update = await this.handle.startUpdate<T, [unknown]>(name, {
      args: [args],
      updateId,
      waitForStage,
    });
    return () => waitFor(this.server, update.result());
  }

  async update<T>(name: string, args: unknown, updateId?: string): Promise<T> {
    const answer = await this.begin<T>(name, args, updateId);
    return answer();
  }

  send(message: Message): Promise<SendAnswer> {
    return this.update(NAMES.send, message, message.id);
  }

  extend(request: ExtendRequest): Promise<ExtendAnswer> {
    return this.update(NAMES.extend, request);
  }

  resolve(request: ResolveRequest): Promise<ResolveAnswer> {
    return this.update(NAMES.resolve, request);
  }

  terminate(reason?: string): Promise<TerminateAnswer> {
    return this.update(NAMES.terminate, reason === undefined ? {} : { reason });
  }
}

function waitFor<T>(server: Server, pending: Promise<T>): Promise<T> {
  return server.waitFor?.(pending) ?? pending;
}

/** The failure with which a request ended; throws where it did not fail, or not with one of ours. */
export async function failureOf(request: Promise<unknown>): Promise<Failure> {
  const error: unknown = await request.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  const failed = error instanceof WorkflowFailedError || error instanceof WorkflowUpdateFailedError;
  const cause = failed ? error.cause : undefined;
  if (!(cause instanceof ApplicationFailure)) throw error;
  const [details] = (cause.details ?? []) as (Failure | undefined)[];
  if (!details || details.type !== cause.type) throw new Error('the details are not those of the failure');
  return details;
}
