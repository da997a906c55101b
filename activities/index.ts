import { NAMES, type LeaseState } from '../domain/contract.js';
import { WAKE } from '../domain/lease-input.js';
import type { PhoneNumber } from '../domain/phone-number.js';
import { OPEN_RUNS } from '../domain/run-status.js';
import { LEASE_NUMBER } from '../domain/search-attributes.js';
import { AccountWitness } from './account.js';
import { acquireActivities } from './acquire-number.js';
import { adoptActivities } from './adopt-numbers.js';
import { checkReleaseActivity } from './check-release.js';
import { confirmFindingsActivity } from './confirm-findings.js';
import type { ActivityDeps, Shared } from './deps.js';
import { endGhostsActivity } from './end-ghosts.js';
import { findNumbersActivity } from './find-numbers.js';
import { gaugeFindings } from './gauge-findings.js';
import { Inventory } from './inventory.js';
import { leaseNumberActivity } from './lease-number.js';
import { listedRuns } from './lease-runs.js';
import { LeasedSnapshots } from './leased-snapshot.js';
import { provisionManyActivities } from './provision-many.js';
import { readClockTime } from './read-clock-time.js';
import { readDeliveriesActivity } from './read-deliveries.js';
import { readHistoryActivity } from './read-history.js';
import { readNumberActivity } from './read-number.js';
import { planCandidatesActivity } from './plan-provision.js';
import { postEventActivity } from './post-event.js';
import { ReleaseTimes } from './release-times.js';
import { ReleaseWatch } from './release-watch.js';
import { sendTextActivity } from './send-text.js';
import { postSpendingActivity, recountSpendingActivity } from './spending.js';
import { surveyAccountActivity } from './survey-account.js';
import { surveyHoldersActivity, surveyLeasesActivity } from './survey-leases.js';
import { terminateLeaseActivity } from './terminate-lease.js';

export type Activities = ReturnType<typeof createActivities>;
export type { ActivityDeps } from './deps.js';

/** Every step of the workflows. */
export function createActivities(deps: ActivityDeps) {
  const shared = share(deps);
  const { join, ...acquire } = acquireActivities(shared);
  return {
    findNumbers: findNumbersActivity(shared),
    ...acquire,
    ...adoptActivities(shared, join),
    surveyAccount: surveyAccountActivity(shared),
    confirmFindings: confirmFindingsActivity(shared),
    endGhosts: endGhostsActivity(shared),
    gaugeFindings,
    ...provisionManyActivities(shared),
    leaseNumber: leaseNumberActivity(shared),
    readNumber: readNumberActivity(shared),
    readClockTime,
    sendText: sendTextActivity(shared),
    readHistory: readHistoryActivity(shared),
    readDeliveries: readDeliveriesActivity(shared),
    terminateLease: terminateLeaseActivity(shared),
    checkRelease: checkReleaseActivity(shared),
    postEvent: postEventActivity(shared),
    postSpending: postSpendingActivity(shared),
    surveyLeases: surveyLeasesActivity(shared),
    surveyHolders: surveyHoldersActivity(shared),
    recountSpending: recountSpendingActivity(shared),
    planCandidates: planCandidatesActivity(shared),
  };
}

/** A page of Temporal's list: more are hardly under way at a time. */
const OWNED_AT_MOST = 1_000;
/** A handful is enough to tell whose account it is. */
const WITNESSES = 20;

function share(deps: ActivityDeps): Shared {
  const { now = Date.now } = deps;
  const snapshots = new LeasedSnapshots(deps.api, now);
  return {
    ...deps,
    now,
    snapshots,
    inventory: new Inventory(deps.api, now, numbersIn(deps, ['leasing'], OWNED_AT_MOST)),
    witness: new AccountWitness(
      deps.api.account,
      snapshots,
      numbersIn(deps, ['active', 'expiring', 'grace'], WITNESSES),
      now,
    ),
    releaseTimes: new ReleaseTimes(),
    releaseWatch: new ReleaseWatch(snapshots, wakeRun(deps), deps.watchEveryMs, now),
  };
}

function wakeRun({ temporal }: ActivityDeps): (workflowId: string) => Promise<void> {
  return (workflowId) => temporal.workflow.getHandle(workflowId).signal(WAKE);
}

/** Numbers that open runs hold in these states, from Temporal's list of runs; the newest, so many at most. */
function numbersIn({ temporal }: ActivityDeps, states: readonly LeaseState[], atMost: number) {
  const inStates = states.map((state) => `'${state}'`).join(', ');
  const query = `WorkflowType = '${NAMES.manageLease}' AND ${OPEN_RUNS} AND LeaseState IN (${inStates})`;
  return async (): Promise<PhoneNumber[]> => {
    const numbers: PhoneNumber[] = [];
    for await (const run of listedRuns(temporal, query, atMost)) {
      const number = run.typedSearchAttributes.get(LEASE_NUMBER);
      if (number) numbers.push(number);
      if (numbers.length >= atMost) break;
    }
    return numbers;
  };
}
