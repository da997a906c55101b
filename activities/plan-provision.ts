import type { Failure } from '../domain/failures.js';
import { judge, type Entitled, type Judged } from '../domain/judge-candidate.js';
import type { LeaseTerms, Offer } from '../domain/lease-input.js';
import type { Read } from '../domain/outcome.js';
import { readOf } from './answers.js';
import type { Shared } from './deps.js';
import { findNumbersActivity, type FindNumbers } from './find-numbers.js';
import { inParallel } from './in-parallel.js';
import { isOpenRun, memoOf, runOf } from './lease-runs.js';
import { previewer, type Preview } from './spending-preview.js';

const AT_ONCE = 8;

/** The numbers that one search of a provision would try, judged; or why it would find none. */
export type PlannedPage = { failure: Failure } | PlannedSearch;

export interface PlannedSearch {
  terms: LeaseTerms;
  judged: Judged[];
  room?: Pick<Preview, 'scopes' | 'counted'>;
  entitlements?: Entitled[];
}

/** One search as a provision would make it, and what stands in the way of each number. Reads only. */
export function planCandidatesActivity(shared: Shared) {
  const { api, temporal } = shared;
  const findNumbers = findNumbersActivity(shared, false);
  const preview = previewer(shared);

  return async (search: FindNumbers): Promise<Read<PlannedPage>> => {
    const found = await findNumbers(search);
    if (!found.answered) return found;
    if ('failure' in found.value) return { answered: true, value: found.value };
    const { offers, terms } = found.value;
    const [holders, entitlements, room] = await Promise.all([
      inParallel(offers, AT_ONCE, holderOf),
      entitlementsNow(),
      preview(offers, search.request.labels),
    ]);
    const judged = offers.map((offer, at) =>
      judge(offer, { heldFor: holders[at], posted: room?.answers[at], entitlements }),
    );
    const { scopes, counted } = room ?? {};
    const value: PlannedSearch = {
      terms,
      judged,
      ...(scopes && counted && { room: { scopes, counted } }),
      ...(entitlements && { entitlements }),
    };
    return { answered: true, value };
  };

  async function holderOf({ number }: Offer): Promise<string | undefined> {
    const run = await runOf(temporal, number);
    return run && isOpenRun(run) ? (memoOf(run).reference ?? 'unknown') : undefined;
  }

  /** Undefined where the vendor does not say: then a plan says that it does not know. */
  async function entitlementsNow(): Promise<Entitled[] | undefined> {
    const read = await readOf(api.entitlements.list(), (data) => data);
    return read.answered ? read.value.map(({ name, status }) => ({ name, status })) : undefined;
  }
}
