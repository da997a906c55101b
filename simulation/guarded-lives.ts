import { WorkflowNotFoundError, type Client, type WorkflowHandle } from '@temporalio/client';
import type { AdoptReport, AdoptRequest, AdoptTerms } from '../domain/adoption.js';
import { NAMES, type ProvisionRequest } from '../domain/contract.js';
import { adoptionId, SPENDING_BOOK_ID } from '../domain/ids.js';
import type { SpendingFigures, SpendingLimits } from '../domain/spending.js';
import type { Ledger } from '../simulator/index.js';
import { guardViolations } from './guard-invariants.js';
import { GuardWatch } from './guard-watch.js';
import type { LeaseRunSeen } from './invariants.js';
import type { GuardCounts } from './lives.js';

type Adoption = (request: AdoptRequest) => Promise<AdoptReport>;

/** What a fleet with limits and guards does beside its lives, and whether the limits and guards held. */
export class GuardedLives {
  readonly watch: GuardWatch;
  private readonly adoptions = new Map<string, WorkflowHandle<Adoption>>();
  /** Of each reference, whether all who asked for it asked for protection. */
  private readonly isProtected = new Map<string, boolean>();

  constructor(
    private readonly client: Client,
    private readonly taskQueue: string,
    private readonly limits: SpendingLimits,
    private readonly now: () => Promise<number>,
  ) {
    this.watch = new GuardWatch(client, now);
  }

  begun({ reference, protected: isProtected = false }: ProvisionRequest): void {
    this.claim(reference, isProtected);
  }

  async adopt(number: string, terms: AdoptTerms): Promise<void> {
    const request = { numbers: [number], ...terms };
    const run = await this.client.workflow.start<Adoption>(NAMES.adoptNumbers, {
      workflowId: adoptionId(`${number} at ${await this.now()}`),
      taskQueue: this.taskQueue,
      args: [request],
    });
    this.claim(`adopted/${number}`, terms.protected ?? false);
    this.adoptions.set(run.firstExecutionRunId, run);
  }

  /**
   * A reference that is asked for without protection as well is one of which nothing is claimed: which of the requests leased
   * or adopted the number, and whether an earlier one failed, is not known here.
   */
  private claim(reference: string, isProtected: boolean): void {
    this.isProtected.set(reference, isProtected && (this.isProtected.get(reference) ?? true));
  }

  get adoptionRuns(): WorkflowHandle[] {
    return [...this.adoptions.values()];
  }

  get adoptionIds(): ReadonlySet<string> {
    return new Set(this.adoptions.keys());
  }

  /** Asked for after `violations`. */
  counts(runs: LeaseRunSeen[]): GuardCounts {
    const spared = this.watch.spared().filter(({ from, until }) => until > from);
    const acquired = runs.flatMap(({ result, ...run }) => (result ? [{ ...run, ...result.acquired }] : []));
    const adopted = acquired.filter(
      (one) => one.outcome === 'leased' && this.adoptions.has(one.provisionRunId),
    );
    const refused = acquired.filter(
      (one) => one.outcome === 'refused' && one.failure.type === 'LimitExceeded',
    );
    return {
      seeds: 1,
      protected: spared.filter(({ why }) => why === 'protected').length,
      restored: spared.filter(({ why }) => why === 'restored').length,
      adopted: adopted.length,
      refused: refused.length,
    };
  }

  /** When all is over. The book is of this seed alone, so it is ended: the next seed has one of its own. */
  async violations(facts: {
    ledger: Ledger;
    skewMs: number;
    runs: LeaseRunSeen[];
    terminated: ReadonlySet<string>;
  }): Promise<string[]> {
    for (const { result } of facts.runs) {
      if (result?.acquired.outcome !== 'leased') continue;
      const { number, leaseId, reference, leasedAt } = result.acquired.lease;
      if (!this.isProtected.get(reference)) continue;
      this.watch.protectedFromTheStart({ number, leaseId, reference, leasedAt: Date.parse(leasedAt) });
    }
    const book = this.client.workflow.getHandle(SPENDING_BOOK_ID);
    const isThere = (await book.describe().catch(ofNoBook))?.status.name === 'RUNNING';
    const figures = isThere ? await book.query<SpendingFigures>(NAMES.figures) : undefined;
    if (isThere) await book.terminate('its seed is over');
    const { limits, adoptionIds: adoptions } = this;
    return guardViolations({ ...facts, limits, figures, adoptions, spared: this.watch.spared() });
  }
}

function ofNoBook(error: unknown): undefined {
  if (error instanceof WorkflowNotFoundError) return undefined;
  throw error;
}
