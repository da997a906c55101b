import type { AcquireAnswer } from '../../activities/acquire-number.js';
import type { ProvisionRequest } from '../../domain/contract.js';
import type { Failure } from '../../domain/failures.js';
import type { Offer } from '../../domain/lease-input.js';
import type { Fact } from './events.js';
import type { AuditedCandidate, AuditedRequest } from './record.js';

/** What the history of a `provisionLease` tells: who asked, what was considered, and what came of it. */
export class RequestStory {
  private by = '';
  private at = 0;
  private readonly candidates: AuditedCandidate[] = [];
  private failure: AuditedRequest['failure'];
  /** As given, and not always a request. */
  given: Partial<ProvisionRequest> = {};

  constructor(private readonly runId: string) {}

  add(fact: Fact): void {
    if (fact.kind === 'started') this.started(fact);
    else if (fact.kind === 'scheduled' && fact.activity === 'acquireNumber')
      this.tried(fact.args[0] as { offer: Offer });
    else if (fact.kind === 'called' && fact.activity === 'acquireNumber') {
      this.answered(fact.result as AcquireAnswer | undefined);
    } else if (fact.kind === 'ended' && fact.failure) this.failure = fact.failure;
    else if (fact.kind === 'killed') this.failure = { type: 'RunKilled', message: fact.reason };
  }

  get request(): AuditedRequest {
    const { by, at, runId, candidates, failure } = this;
    return { by, at: new Date(at).toISOString(), runId, candidates, ...(failure && { failure }) };
  }

  private started({ by, at, args }: Fact & { kind: 'started' }): void {
    if (this.at > 0) return; // a continued run: the first one tells who asked
    Object.assign(this, { by, at });
    const given = args[0];
    if (typeof given === 'object' && given !== null) this.given = given;
  }

  private tried({ offer: { number, price } }: { offer: Offer }): void {
    const last = this.candidates.at(-1);
    if (last?.number === number && last.outcome === 'pending') return;
    this.candidates.push({ number, ...(price && { price }), outcome: 'pending' });
  }

  private answered(answer: AcquireAnswer | undefined): void {
    const last = this.candidates.at(-1);
    if (!last || !answer || answer.outcome === 'pending') return;
    last.outcome = answer.outcome;
    if (answer.outcome === 'refused') last.failure = told(answer.failure);
  }
}

function told({ type, message }: Failure): { type: string; message: string } {
  return { type, message };
}
