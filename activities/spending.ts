import { Context } from '@temporalio/activity';
import { WithStartWorkflowOperation, type Client } from '@temporalio/client';
import { NAMES } from '../domain/contract.js';
import { SPENDING_BOOK_ID } from '../domain/ids.js';
import type { Read } from '../domain/outcome.js';
import type { Posted, Posting, Postings } from '../domain/spending.js';
import type { Shared } from './deps.js';

/** Temporal lets 10 updates of one run be in flight, so all that waits in a worker goes in one. */
const POSTINGS_AN_UPDATE = 100;
/** Two of them, one behind the other, end before the activity's own time limit. */
const UPDATE_LIMIT_MS = 8_000;

/** Tells the spending book something; safe to repeat. A book that cannot be asked is no answer, and never a yes. */
export function postSpendingActivity({ temporal, taskQueue, limits = {} }: Shared) {
  const desk = new Desk((postings) => update(temporal, taskQueue, { limits, postings }));
  return async (posting: Posting): Promise<Read<Posted>> => {
    try {
      return { answered: true, value: await desk.post(posting) };
    } catch (error) {
      const message = (error instanceof Error ? error.message : String(error)).slice(0, 300);
      const call = { call: `${NAMES.postSpending} ${SPENDING_BOOK_ID}`, message };
      return { answered: false, call: { ...call, byVendor: false, neverSent: false } };
    }
  };
}

/** All open leases are asked for their price: minutes for thousands. */
const RECOUNT_LIMIT_MS = 5 * 60_000;
const HEARTBEAT_EVERY_MS = 10_000;

/** Has the book, where there is one, find out which of its entries belong to runs that are over. */
export function recountSpendingActivity({ temporal }: Shared) {
  return async (): Promise<{ isCounted: boolean }> => {
    const context = Context.current();
    const book = temporal.workflow.getHandle(SPENDING_BOOK_ID);
    const beat = setInterval(() => context.heartbeat(), HEARTBEAT_EVERY_MS);
    try {
      const updateId = context.info.workflowExecution?.runId ?? context.info.activityId;
      const recount = () => book.executeUpdate(NAMES.recount, { args: [], updateId });
      await temporal.connection.withDeadline(Date.now() + RECOUNT_LIMIT_MS, recount);
      return { isCounted: true };
    } catch {
      return { isCounted: false }; // there is none, or it is at it: the next pass asks again
    } finally {
      clearInterval(beat);
    }
  };
}

type SpendingBookType = (carried?: undefined) => Promise<void>;

function update(temporal: Client, taskQueue: string, asked: Postings): Promise<Posted[]> {
  const startWorkflowOperation = new WithStartWorkflowOperation<SpendingBookType>(NAMES.spendingBook, {
    workflowId: SPENDING_BOOK_ID,
    taskQueue,
    args: [],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: 'what is held and spent, and what may be',
  });
  return temporal.connection.withDeadline(Date.now() + UPDATE_LIMIT_MS, () =>
    temporal.workflow.executeUpdateWithStart<SpendingBookType, Posted[], [Postings]>(NAMES.postSpending, {
      args: [asked],
      startWorkflowOperation,
    }),
  );
}

interface Waiting {
  posting: Posting;
  resolve: (answer: Posted) => void;
  reject: (error: unknown) => void;
}

/** Gathers what is posted while an update is under way, and sends it as the next one. */
class Desk {
  private waiting: Waiting[] = [];
  private busy = false;

  constructor(private readonly send: (postings: Posting[]) => Promise<Posted[]>) {}

  post(posting: Posting): Promise<Posted> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ posting, resolve, reject });
      if (!this.busy) void this.work();
    });
  }

  private async work(): Promise<void> {
    this.busy = true;
    while (this.waiting.length > 0) await this.sendOne(this.waiting.splice(0, POSTINGS_AN_UPDATE));
    this.busy = false;
  }

  private async sendOne(batch: Waiting[]): Promise<void> {
    try {
      const answers = await this.send(batch.map(({ posting }) => posting));
      batch.forEach(({ resolve, reject }, index) => {
        const answer = answers[index];
        if (answer) resolve(answer);
        else reject(new Error('the book gave no answer'));
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
