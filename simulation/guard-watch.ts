import type { Client, WorkflowHandle } from '@temporalio/client';
import { NAMES, type LeaseStatus, type RestoreAnswer } from '../domain/contract.js';
import type { Spared } from './guard-invariants.js';

/** An update that a run answers at once; one that is away that long has lost its task, and says nothing. */
const ANSWER_WITHIN_MS = 5_000;

/** Something was asked that may give back a lease that was spared until then. */
interface Ask {
  at: number;
  /** Of a number's run, or of the provision of a reference; neither: of all. */
  number?: string;
  reference?: string;
  ends: Spared['why'][];
}

type Span = Spared & { reference: string };

/**
 * Remembers from when until when a lease must not be given back, by what its run has answered and not by what it
 * remembers. A span begins after the answer and ends before anything is asked that may give the number back.
 */
export class GuardWatch {
  private readonly spans: Span[] = [];
  private readonly asks: Ask[] = [];

  constructor(
    private readonly client: Client,
    private readonly now: () => Promise<number>,
  ) {}

  async protect(run: WorkflowHandle, on: boolean): Promise<void> {
    const status = await statusOf(run);
    if (!on) this.asks.push({ at: await this.now(), number: status.number, ends: ['protected'] });
    await this.ask(run, NAMES.protect, { protected: on });
    if (on) await this.begin('protected', status);
  }

  async restore(run: WorkflowHandle): Promise<void> {
    const status = await statusOf(run);
    const { expiresAt } = await this.ask<RestoreAnswer>(run, NAMES.restore, {});
    await this.begin('restored', status, expiresAt);
  }

  async renew(run: WorkflowHandle, auto: boolean): Promise<void> {
    await this.ask(run, NAMES.renew, { auto });
  }

  /** What was asked to be protected from its first moment on. */
  protectedFromTheStart({
    number,
    leaseId,
    reference,
    leasedAt,
  }: Omit<Span, 'from' | 'until' | 'why'> & { leasedAt: number }): void {
    const until = Number.POSITIVE_INFINITY;
    this.spans.push({ number, leaseId, reference, why: 'protected', from: leasedAt, until });
  }

  /** A restored lease is free to go then, a protected one is not. */
  async terminating(number: string): Promise<void> {
    this.asks.push({ at: await this.now(), number, ends: ['restored'] });
  }

  /** A cancel gives back whatever is protected. */
  async cancelling(whose: Pick<Ask, 'number' | 'reference'>): Promise<void> {
    this.asks.push({ at: await this.now(), ...whose, ends: ['protected', 'restored'] });
  }

  spared(): Spared[] {
    return this.spans.map((span) => ({
      ...span,
      until: Math.min(span.until, ...this.asks.filter((ask) => mayEnd(ask, span)).map(({ at }) => at)),
    }));
  }

  private async begin(
    why: Spared['why'],
    { number, leaseId, reference }: LeaseStatus,
    expiresAt?: string,
  ): Promise<void> {
    if (leaseId === null) return;
    const until = expiresAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(expiresAt);
    this.spans.push({ number, leaseId, reference, why, from: await this.now(), until });
  }

  private ask<Answer>(run: WorkflowHandle, name: string, request: object): Promise<Answer> {
    return this.client.connection.withDeadline(Date.now() + ANSWER_WITHIN_MS, () =>
      run.executeUpdate<Answer, [object]>(name, { args: [request] }),
    );
  }
}

/** A cancelled provision takes its number's run along whenever it gets to it, so its time does not matter. */
function mayEnd({ at, number, reference, ends }: Ask, span: Span): boolean {
  if (!ends.includes(span.why)) return false;
  if (reference !== undefined) return reference === span.reference;
  return at >= span.from && (number === undefined || number === span.number);
}

function statusOf(run: WorkflowHandle): Promise<LeaseStatus> {
  return run.query<LeaseStatus>(NAMES.status);
}
