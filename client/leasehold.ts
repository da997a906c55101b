import type { Client } from '@temporalio/client';
import type { AdoptReport, AdoptRequest } from '../domain/adoption.js';
import type { ProvisionRequest } from '../domain/contract.js';
import type { ManyRequest } from '../domain/many.js';
import { TASK_QUEUE } from '../domain/ids.js';
import type {
  ReconcileReport,
  ReconcileRequest,
  ReconcileScheduleRequest,
} from '../domain/reconciliation.js';
import type { ProvisionPlan } from '../domain/plans.js';
import { E164_HINT, isPhoneNumber } from '../domain/phone-number.js';
import { auditLeases, pageOfAudit, type AuditOptions } from './audit/audit.js';
import type { AuditRecord } from './audit/record.js';
import type { SpendingFigures } from '../domain/spending.js';
import { findAdoption, startAdoption, type Adoption } from './account.js';
import { beginMany, findBatch, type Batch, type BatchReport } from './many.js';
import { recoverLeases, type RecoverReport } from './recover.js';
import { selectLeases, type LeaseSelection, type SelectOptions } from './selection.js';
import { connectToTemporal, type ConnectOptions } from './connection.js';
import type { Context } from './context.js';
import { LeaseholdError } from './errors.js';
import { Lease } from './lease.js';
import { readFigures, rebuildFigures } from './limits.js';
import { listLeases, pageOfLeases, type LeaseSummary, type ListOptions } from './list.js';
import type { Page, PageOptions } from './pages.js';
import { reconcile } from './reconcile.js';
import {
  deleteSchedule,
  pauseSchedule,
  readSchedule,
  resumeSchedule,
  writeSchedule,
  type ReconcileSchedule,
} from './reconcile-schedule.js';
import { planProvision } from './plan-provision.js';
import { beginProvision, findProvision, type Provision, type ProvisionedLease } from './provision.js';

export interface LeaseholdOptions {
  /** The queue that the workers poll; default `LEASEHOLD_TASK_QUEUE`, else `leasehold`. */
  taskQueue?: string;
  /** Base URL of the Temporal UI, for links; default `TEMPORAL_UI_URL`. */
  uiUrl?: string;
}

/**
 * Leases phone numbers through the workers of this product. Every method rejects with `LeaseholdError`.
 *
 * ```ts
 * const leasehold = await Leasehold.connect();
 * const lease = await leasehold.provision({ reference: 'campaign-42', criteria: { country: 'US' } });
 * await lease.send({ id: 'm1', to: '+12025550123', message: 'Hello' });
 * await lease.terminate();
 * const { releasedAt } = await lease.released();
 * ```
 */
export class Leasehold {
  private readonly context: Context;

  /** On top of a Temporal client that you have; `connect` makes one. */
  constructor(client: Client, options: LeaseholdOptions = {}, env: NodeJS.ProcessEnv = process.env) {
    this.context = {
      client,
      namespace: client.options.namespace,
      taskQueue: options.taskQueue ?? (env.LEASEHOLD_TASK_QUEUE || TASK_QUEUE),
      uiUrl: options.uiUrl ?? (env.TEMPORAL_UI_URL || undefined),
    };
  }

  /** Connects to Temporal. What is not given comes from `TEMPORAL_*` and Temporal's own configuration file. */
  static async connect(options: ConnectOptions & LeaseholdOptions = {}): Promise<Leasehold> {
    return new Leasehold(await connectToTemporal(options), options, options.env);
  }

  /**
   * Leases a number and resolves as soon as it is usable. The same reference gets the same answer, also long after;
   * with another request it rejects with `ReferenceMismatch`. One that failed may be tried again.
   */
  async provision(request: ProvisionRequest): Promise<ProvisionedLease> {
    const { provision, same } = await beginProvision(this.context, request);
    const [lease] = await Promise.all([provision.result(), same]);
    return lease;
  }

  /** The same without waiting for the number. */
  async startProvision(request: ProvisionRequest): Promise<Provision> {
    const { provision, same } = await beginProvision(this.context, request);
    await same;
    return provision;
  }

  /**
   * Leases many numbers, some at a time, and resolves when nothing is under way any more: what failed or was left out is
   * in the answer. The same reference is the same batch; asked for again, it goes on with what is missing.
   */
  async provisionMany(request: ManyRequest): Promise<BatchReport> {
    const batch = await beginMany(this.context, request);
    return batch.result();
  }

  /** The same without waiting for the numbers. */
  startProvisionMany(request: ManyRequest): Promise<Batch> {
    return beginMany(this.context, request);
  }

  /** A batch that was started before. */
  batch(reference: string): Promise<Batch> {
    return findBatch(this.context, reference);
  }

  /** The newest request with this reference; undefined where there is none, or none is kept any more. */
  findProvision(reference: string): Promise<Provision | undefined> {
    return findProvision(this.context, reference);
  }

  /** Open leases by label or by a list filter of Temporal's, to give back or extend all of them. */
  select(options: SelectOptions): Promise<LeaseSelection> {
    return selectLeases(this.context, options);
  }

  /** The newest lease of a number. Whether there is one shows when it is asked for something. */
  lease(number: string): Lease {
    if (isPhoneNumber(number)) return new Lease(this.context, number);
    const message = `number must be ${E164_HINT}, got ${JSON.stringify(number)}`;
    throw new LeaseholdError('InvalidRequest', message, { field: 'number' });
  }

  /**
   * After the restore of an older backup of Temporal, and before workers start: puts every open lease run in doubt.
   * Leases that were made since the backup have no run: `reconcile` finds those.
   */
  recover(): Promise<RecoverReport> {
    return recoverLeases(this.context);
  }

  /** The open leases, newest first, or those that the options ask for. */
  list(options: ListOptions = {}): AsyncIterable<LeaseSummary> {
    return listLeases(this.context, options);
  }

  /** The same a page at a time, for callers who cannot hold an iterator. */
  listPage(options: Omit<ListOptions, 'limit'> & PageOptions = {}): Promise<Page<LeaseSummary>> {
    return pageOfLeases(this.context, options);
  }

  /**
   * What histories tell of leases, newest first: who asked, what was decided, what it cost, what was sent (as hashes)
   * and when the release was proven. Needs no worker.
   */
  audit(options: AuditOptions = {}): AsyncIterable<AuditRecord> {
    return auditLeases(this.context, options);
  }

  /** The same a page at a time. A page reads the whole history of each of its leases. */
  auditPage(options: AuditOptions & PageOptions = {}): Promise<Page<AuditRecord>> {
    return pageOfAudit(this.context, options);
  }

  /**
   * What is held and spent, in all and by label, beside the limits that the workers are configured with. No scopes:
   * no worker with limits has leased anything yet.
   */
  async limits(): Promise<SpendingFigures> {
    return (await readFigures(this.context)) ?? { scopes: [] };
  }

  /** The same after the open leases were counted anew, and those were forgotten whose run was killed. */
  async rebuildLimits(): Promise<SpendingFigures> {
    return (await rebuildFigures(this.context)) ?? { scopes: [] };
  }

  /**
   * Takes over numbers that the account leases already: each gets a run that owns it from then on, as if it had been
   * provisioned. What cannot be adopted is in the answer, with the reason; a number that has an open run is refused.
   */
  async adopt(request: AdoptRequest): Promise<AdoptReport> {
    return (await this.startAdoption(request)).result();
  }

  /** The same without waiting for the report. */
  startAdoption(request: AdoptRequest): Promise<Adoption> {
    return startAdoption(this.context, request);
  }

  /** One that was started before; undefined where there is none of this id, or it is not kept any more. */
  findAdoption(id: string): Promise<Adoption | undefined> {
    return findAdoption(this.context, id);
  }

  /**
   * Compares what the account leases with who owns it, once and now: numbers that nobody owns, runs without their
   * number, numbers that changed, runs that ask for attention. Without policies it changes nothing.
   */
  reconcile(request: ReconcileRequest = {}): Promise<ReconcileReport> {
    return reconcile(this.context, request);
  }

  /**
   * The same every so often, by a Temporal Schedule. There is one a namespace: asked again, it becomes what is asked
   * now, and stays paused where it was. A new one begins with a pass at once.
   */
  scheduleReconcile(request: ReconcileScheduleRequest): Promise<ReconcileSchedule> {
    return writeSchedule(this.context, request);
  }

  /** The Schedule, when it is due next and what its last pass found; undefined where there is none. */
  reconcileSchedule(): Promise<ReconcileSchedule | undefined> {
    return readSchedule(this.context);
  }

  /** No pass begins until it is resumed; one that is under way goes on. Rejects with `NotSetUp` where there is no Schedule. */
  pauseReconcile(): Promise<void> {
    return pauseSchedule(this.context);
  }

  resumeReconcile(): Promise<void> {
    return resumeSchedule(this.context);
  }

  deleteReconcile(): Promise<void> {
    return deleteSchedule(this.context);
  }

  /**
   * What `provision` would do with this request now: which numbers it would try in which order, what the first one that
   * is to be had costs, what limits and requirements say. Leases nothing and reserves nothing. A request that is not
   * valid rejects as it would there; what else stands in the way is in the plan.
   */
  planProvision(request: ProvisionRequest): Promise<ProvisionPlan> {
    return planProvision(this.context, request);
  }

  /** What `adopt` would do: which numbers, what they cost, which are refused. Starts no run that owns anything. */
  planAdopt(request: Omit<AdoptRequest, 'dryRun'>): Promise<AdoptReport> {
    return this.adopt({ ...request, dryRun: true });
  }

  /** Ends the connection. */
  close(): Promise<void> {
    return Promise.resolve(this.context.client.connection.close());
  }
}
