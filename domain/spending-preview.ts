/** What the spending book would say, asked of a copy of it: nothing is reserved by it. */
import type { Pricing } from './number-record.js';
import type { PhoneNumber } from './phone-number.js';
import { SpendingBook } from './spending-book.js';
import {
  limitedKeys,
  scopesOf,
  type Posted,
  type ScopeFigures,
  type SpendingLimits,
  type Survey,
} from './spending.js';
import type { Labels } from './labels.js';

/** Numbers that might be leased, each by itself. */
export interface PreviewAsked {
  limits: SpendingLimits;
  labels?: Labels;
  wanted: { number: PhoneNumber; price?: Pricing }[];
}

export interface SpendingPreview {
  /** For each number that was asked about, in its order. */
  answers: Posted[];
  /** The account, and each limited label of the request. */
  scopes: ScopeFigures[];
}

/** A run that never was, so no entry is its own. */
const NOBODY = 'plan';

/** Undefined where the book would look at the open leases anew before it answers. */
export function previewOf(
  copy: () => SpendingBook,
  { limits, labels, wanted }: PreviewAsked,
  now: number,
): SpendingPreview | undefined {
  const book = copy();
  if (!book.adopt(limits)) return undefined;
  const answers = wanted.map((it): Posted => {
    const its = copy();
    its.adopt(limits);
    return its.post({ op: 'reserve', runId: NOBODY, ...it, ...(labels && { labels }) }, now);
  });
  if (book.hasSilent && answers.some(({ granted }) => !granted)) return undefined;
  const scopes = scopesOf(limitedKeys(limits), labels).map((scope) => book.figuresOf(scope, now));
  return { answers, scopes };
}

/** The same by a new count of the open leases. Upfront fees of leases that are over are not in it. */
export function previewAnew(survey: Survey, asked: PreviewAsked, now: number): SpendingPreview {
  const open = survey.open.map((lease) => ({ ...lease, tells: true }));
  const counted = (): SpendingBook => {
    const book = new SpendingBook();
    book.adopt(asked.limits);
    book.reconcile({ ...survey, open }, false, now);
    return book;
  };
  return previewOf(counted, asked, now) ?? { answers: [], scopes: [] };
}
