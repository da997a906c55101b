import { createHash } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import { ContiguityError, type Answer, type Contiguity, type SendText } from '../../contiguity/index.js';
import type { ProvisionRequest } from '../../domain/contract.js';
import { rank } from '../../domain/find.js';

/** What a product request may say that this one follows. */
export type TextbookRequest = Pick<
  ProvisionRequest,
  'reference' | 'number' | 'criteria' | 'messages' | 'term' | 'terminateAfterMessages'
>;

export interface TextbookLease {
  number: string;
  leaseId: string;
}

export type TextbookActivities = ReturnType<typeof createTextbookActivities>;

/** One API call an activity, none with a retry of its own: an error that is thrown is Temporal's to retry. */
export function createTextbookActivities(api: Contiguity) {
  return {
    /** Any number that fits, not the best: for that one all callers of a moment would go. */
    async findNumber({ reference, criteria }: TextbookRequest, tried: string[]): Promise<string> {
      const free = await answered(api.lease.available());
      const fitting = rank(free, { allowRequirements: [], ...criteria }).filter(
        ({ number }) => !tried.includes(number),
      );
      const found = fitting[anyBelow(fitting.length, `${reference} ${tried.length}`)];
      if (!found) throw ApplicationFailure.nonRetryable('no number fits', 'NoNumberAvailable');
      return found.number;
    },

    async leaseNumber(number: string): Promise<TextbookLease> {
      const { leaseId } = await answered(api.lease.create(number));
      return { number, leaseId };
    },

    async verifyLease({ number, leaseId }: TextbookLease): Promise<void> {
      const { lease } = await answered(api.lease.get(number));
      if (lease?.leaseId !== leaseId || lease.status !== 'active')
        throw new Error(`${number} is not active yet`);
    },

    async sendText(text: SendText): Promise<string> {
      return (await answered(api.text.send(text))).messageId;
    },

    async terminateLease({ number }: TextbookLease): Promise<void> {
      try {
        await answered(api.lease.terminate(number));
      } catch (error) {
        const isGone = error instanceof ApplicationFailure && error.type === 'HTTP 404';
        if (!isGone) throw error;
      }
    },

    async isReleased({ number, leaseId }: TextbookLease): Promise<boolean> {
      const { status, lease } = await answered(api.lease.get(number));
      return status !== 'leased' || lease?.leaseId !== leaseId;
    },
  };
}

/** Data of the answer. What the vendor refuses, it would refuse again: no retry, but where it only limits the rate. */
async function answered<T>(call: Promise<Answer<T>>): Promise<T> {
  try {
    return (await call).data;
  } catch (error) {
    if (!(error instanceof ContiguityError) || error.outcome !== 'refused') throw error;
    const { status, message } = error;
    if (status === undefined || status === 429) throw error;
    throw ApplicationFailure.nonRetryable(message, `HTTP ${status}`);
  }
}

/** Drawn from the seed, so that a simulation's faults meet the same calls again. */
function anyBelow(count: number, seed: string): number {
  return createHash('sha256').update(seed).digest().readUInt32BE() % Math.max(1, count);
}
