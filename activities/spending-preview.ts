import { WorkflowNotFoundError } from '@temporalio/client';
import { NAMES } from '../domain/contract.js';
import { SPENDING_BOOK_ID } from '../domain/ids.js';
import type { Labels } from '../domain/labels.js';
import type { Offer } from '../domain/lease-input.js';
import type { RoomPlan } from '../domain/plans.js';
import { previewAnew, type PreviewAsked, type SpendingPreview } from '../domain/spending-preview.js';
import { isOpenStatus } from '../domain/run-status.js';
import { limitedKeys, type SurveyedLease } from '../domain/spending.js';
import type { Shared } from './deps.js';
import { surveyLeasesActivity, type SurveyPage } from './survey-leases.js';

const QUERY_LIMIT_MS = 5_000;

export type Preview = SpendingPreview & Pick<RoomPlan, 'counted'>;

/** What the spending limits would say to each of some numbers; undefined where the worker has none. Reserves nothing. */
export function previewer(shared: Shared) {
  const { temporal, limits, now } = shared;
  const survey = surveyLeasesActivity(shared);

  return async (offers: Offer[], labels: Labels | undefined): Promise<Preview | undefined> => {
    if (!limits) return undefined;
    const wanted = offers.map(({ number, price }) => ({ number, ...(price && { price }) }));
    const asked: PreviewAsked = { limits, wanted, ...(labels && { labels }) };
    const told = await askBook(asked);
    if (told) return { ...told, counted: 'book' };
    const open: SurveyedLease[] = [];
    let page: SurveyPage | undefined;
    do {
      const cursor = page?.next;
      page = await survey({ labelKeys: limitedKeys(limits), ...(cursor !== undefined && { cursor }) });
      open.push(...page.open);
    } while (page.next !== undefined);
    return { ...previewAnew({ open, ended: [], killed: [] }, asked, await now()), counted: 'open leases' };
  };

  /** Undefined where there is no book, or it would have to look first. It is asked, and never started. */
  async function askBook(asked: PreviewAsked): Promise<SpendingPreview | undefined> {
    const book = temporal.workflow.getHandle(SPENDING_BOOK_ID);
    try {
      const { status } = await book.describe();
      if (!isOpenStatus(status.name)) return undefined;
      const told = await temporal.connection.withDeadline(Date.now() + QUERY_LIMIT_MS, () =>
        book.query<SpendingPreview | null, [PreviewAsked]>(NAMES.previewSpending, asked),
      );
      return told ?? undefined;
    } catch (error) {
      if (isNotThere(error)) return undefined;
      throw error;
    }
  }
}

function isNotThere(error: unknown): boolean {
  if (error instanceof WorkflowNotFoundError) return true;
  return error instanceof Error && error.cause instanceof WorkflowNotFoundError;
}
