import { createHash } from 'node:crypto';
import { pageOfRuns as readPage, type RunSeen } from '../activities/read-runs.js';
import { failure } from '../domain/failures.js';
import { ask, type Context } from './context.js';
import { fromFailure, grpcFacts, INVALID_ARGUMENT } from './errors.js';

/** Which part of a list: for callers who cannot hold an iterator, such as those of an HTTP interface. */
export interface PageOptions {
  /** At most so many; default 50. */
  limit?: number;
  /** `next` of the page before, which was asked for with the same filters. */
  cursor?: string;
}

/** A page may be shorter than its limit, and even empty, while there is a next one. */
export interface Page<Item> {
  items: Item[];
  /** Absent after the last page. */
  next?: string;
}

const PAGE_SIZE = 50;
const MOST_A_PAGE = 1_000;

/** One page of Temporal's list of runs. */
export async function pageOfRuns(
  context: Context,
  query: string,
  { limit = PAGE_SIZE, cursor }: PageOptions,
): Promise<Page<RunSeen>> {
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_A_PAGE)
    throw wrong('limit', `must be a whole number from 1 to ${MOST_A_PAGE}`);
  const nextPageToken = cursor === undefined ? new Uint8Array() : tokenOf(cursor, query);
  const page = await ask(context, async () => {
    try {
      return await readPage(context.client, query, { pageSize: limit, nextPageToken });
    } catch (error) {
      const isForeign = cursor !== undefined && grpcFacts(error).code === INVALID_ARGUMENT;
      throw isForeign ? wrongCursor() : error;
    }
  });
  const { runs: items, nextPageToken: next } = page;
  return { items, ...(next.length > 0 && { next: cursorOf(next, query) }) };
}

/** Temporal's own token says nothing of the question that it belongs to: with another one it would skip runs. */
function cursorOf(token: Uint8Array, query: string): string {
  return `${markOf(query)}.${Buffer.from(token).toString('base64url')}`;
}

function tokenOf(cursor: string, query: string): Uint8Array {
  const [mark, token = ''] = cursor.split('.');
  if (mark === markOf(query) && token !== '') return Buffer.from(token, 'base64url');
  throw wrongCursor();
}

function markOf(query: string): string {
  return createHash('sha256').update(query).digest('base64url').slice(0, 8);
}

const wrongCursor = () => wrong('cursor', 'must be that of a page before, with the same filters');

function wrong(field: string, must: string) {
  return fromFailure(failure('InvalidRequest', `${field} ${must}`, { field }));
}
