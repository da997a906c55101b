import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  defineQuery,
  defineUpdate,
  proxyActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { Activities } from '../activities/index.js';
import type { SurveyPage } from '../activities/survey-leases.js';
import { NAMES } from '../domain/contract.js';
import { failure } from '../domain/failures.js';
import { SpendingBook, type BookState } from '../domain/spending-book.js';
import { previewOf, type PreviewAsked, type SpendingPreview } from '../domain/spending-preview.js';
import type { Posted, Posting, Postings, SpendingFigures, SpendingLimits } from '../domain/spending.js';
import { asError } from './checks.js';
import { handleQuery, handleUpdate } from './handlers.js';

const figuresQuery = defineQuery<SpendingFigures>(NAMES.figures);
const previewQuery = defineQuery<SpendingPreview | null, [PreviewAsked]>(NAMES.previewSpending);
const postUpdate = defineUpdate<Posted[], [Postings]>(NAMES.postSpending);
const rebuildUpdate = defineUpdate<SpendingFigures>(NAMES.rebuild);
const recountUpdate = defineUpdate(NAMES.recount);

/** Far below the 2,000 updates that Temporal lets one history have. */
const UPDATES_A_RUN = 500;
/** Runs that do not say when they are over are looked at this often at most, when their room is wanted. */
const LOOK_AGAIN_MS = 30_000;

/** Entries that one activity looks for. */
const HOLDERS_AT_ONCE = 500;

/** Reservations wait for them, so a worker that is lost must be noticed within seconds. */
const { surveyLeases, surveyHolders } = proxyActivities<Activities>({
  startToCloseTimeout: '10m',
  heartbeatTimeout: '15s',
  retry: { initialInterval: '1s', maximumInterval: '1m' },
});

/** What it knows when it goes on in a new run. */
export interface CarriedBook {
  state: BookState;
  surveyedAt: number;
}

/**
 * The one authority over the spending limits: what it grants counts until the number's run frees it. It never ends;
 * one that was killed starts anew with the next question, from the list of open runs.
 */
export async function spendingBook(carried?: CarriedBook): Promise<void> {
  const keeper = new BookKeeper(carried);
  handleQuery(figuresQuery, () => keeper.book.figures(Date.now()));
  handleQuery(previewQuery, (asked) => keeper.preview(asked));
  handleUpdate(postUpdate, (asked) => keeper.post(asked), checkPostings);
  handleUpdate(rebuildUpdate, () => keeper.rebuild());
  handleUpdate(recountUpdate, () => keeper.recount());
  await CancellationScope.nonCancellable(async () => {
    await condition(() => keeper.isLong);
    await condition(allHandlersFinished);
    await continueAsNew<typeof spendingBook>(keeper.carry());
  });
}

class BookKeeper {
  readonly book: SpendingBook;
  private surveyedAt: number | undefined;
  private surveying: Promise<void> | undefined;
  private updates = 0;

  constructor(carried: CarriedBook | undefined) {
    this.book = new SpendingBook(carried?.state);
    this.surveyedAt = carried?.surveyedAt;
    this.show();
  }

  get isLong(): boolean {
    return this.updates >= UPDATES_A_RUN || workflowInfo().continueAsNewSuggested;
  }

  carry(): CarriedBook {
    return { state: this.book.state(Date.now()), surveyedAt: this.surveyedAt ?? 0 };
  }

  async post({ limits, postings }: Postings): Promise<Posted[]> {
    this.updates += 1;
    await this.know(limits);
    const answers = postings.map((posting) => this.book.post(posting, Date.now()));
    if (answers.some(isNoRoom) && this.mayLookAgain()) {
      await this.survey(false);
      postings.forEach((posting, index) => {
        const answer = answers[index];
        if (answer && isNoRoom(answer)) answers[index] = this.book.reconsider(posting, Date.now());
      });
    }
    this.show();
    return answers;
  }

  /** Null: it would look at the open leases anew before it answers. Changes nothing, as a query must not. */
  preview(asked: PreviewAsked): SpendingPreview | null {
    if (this.surveyedAt === undefined) return null;
    return previewOf(() => new SpendingBook(this.book.snapshot()), asked, Date.now()) ?? null;
  }

  async rebuild(): Promise<SpendingFigures> {
    this.updates += 1;
    await this.surveying;
    await this.survey(true);
    this.show();
    return this.book.figures(Date.now());
  }

  /** Entries of runs that are over go; those of killed runs only where their number is not leased. */
  async recount(): Promise<void> {
    this.updates += 1;
    await this.surveying;
    await this.survey(false);
    this.show();
  }

  /** Nothing is answered before every lease that is open already counts. */
  private async know(limits: SpendingLimits): Promise<void> {
    while (this.surveying) await this.surveying;
    const isKnown = this.book.adopt(limits) && this.surveyedAt !== undefined;
    if (!isKnown) await this.survey(false);
  }

  /** One at a time. What is over is told by a run that is open, so whoever frees meanwhile is heard afterwards. */
  private survey(thorough: boolean): Promise<void> {
    this.surveying ??= this.look(thorough).finally(() => (this.surveying = undefined));
    return this.surveying;
  }

  /** By pages: what thousands of runs hold is larger than Temporal lets one result be. */
  private async look(thorough: boolean): Promise<void> {
    const { labelKeys } = this.book;
    const open = new Set<string>();
    let cursor: string | undefined;
    do {
      const page: SurveyPage = await surveyLeases({ labelKeys, ...(cursor !== undefined && { cursor }) });
      for (const { runId } of page.open) open.add(runId);
      this.book.reconcile({ open: page.open, ended: [], killed: [] }, false, Date.now());
      cursor = page.next;
    } while (cursor !== undefined);
    const others = this.book.holders().filter(({ runId }) => !open.has(runId));
    for (let at = 0; at < others.length; at += HOLDERS_AT_ONCE) {
      const holders = others.slice(at, at + HOLDERS_AT_ONCE);
      const over = await surveyHolders({ holders, now: Date.now() });
      this.book.reconcile({ open: [], ...over }, thorough, Date.now());
    }
    this.surveyedAt = Date.now();
  }

  private mayLookAgain(): boolean {
    return this.book.hasSilent && Date.now() - (this.surveyedAt ?? 0) >= LOOK_AGAIN_MS;
  }

  private show(): void {
    const rows = this.book
      .figures(Date.now())
      .scopes.map(
        ({ scope, leases, maxLeases }) => `| ${scope} | ${leases} | ${maxLeases ?? 'any number'} |`,
      );
    setCurrentDetails(['| | Leases | At most |', '| --- | --- | --- |', ...rows.slice(0, 100)].join('\n'));
  }
}

function isNoRoom(answer: Posted): boolean {
  return !answer.granted && answer.failure.limit !== undefined;
}

const OPS: unknown[] = ['reserve', 'confirm', 'free'] satisfies Posting['op'][];

/** Only our own steps ask; a slip of somebody else's hand must not stop the book. */
function checkPostings(asked: Postings | undefined): void {
  const { limits, postings } = (asked ?? {}) as Partial<Postings>;
  const isPosting = (it: Partial<Posting> | null | undefined) =>
    OPS.includes(it?.op) && typeof it?.number === 'string' && typeof it.runId === 'string';
  if (typeof limits === 'object' && Array.isArray(postings) && postings.every(isPosting)) return;
  throw asError(
    failure('InvalidRequest', 'the spending book takes postings of leases', { field: 'postings' }),
  );
}
