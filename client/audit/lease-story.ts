import type { HistorySeen } from '../../activities/read-history.js';
import type { ReleaseSeen } from '../../activities/check-release.js';
import type { LeaseConfirmed } from '../../activities/lease-number.js';
import type { Terminated } from '../../activities/terminate-lease.js';
import { NAMES, type Acquired, type LeaseResult, type SendAnswer } from '../../domain/contract.js';
import type { LeaseMemory, ManageLeaseInput, VendorLease } from '../../domain/lease-input.js';
import { isOpen } from '../../domain/number-record.js';
import type { Outcome, Read } from '../../domain/outcome.js';
import { costOf, type BilledLease } from './cost.js';
import type { Fact } from './events.js';
import type { AuditedChange, AuditedCost, AuditedRelease, AuditRecord } from './record.js';
import { TextStory, type TextSeen } from './texts.js';

type Of<Kind extends Fact['kind']> = Extract<Fact, { kind: Kind }>;

/** Never shown, whatever an update calls them. */
const PRIVATE = new Set(['to', 'message']);

/** What the histories of one lease's runs tell, oldest event first. */
export class LeaseStory {
  input: ManageLeaseInput | undefined;
  private readonly texts = new TextStory();
  private readonly changes: AuditedChange[] = [];
  private readonly updates = new Map<string, { name: string; change?: AuditedChange }>();
  /** `sure`: not only named in an answer to a lease call, which the number itself may not bear out. */
  private readonly leases = new Map<string, BilledLease & { sure: boolean }>();
  private leasedAt: string | undefined;
  private leaseId: string | undefined;
  private terminatedAt: string | undefined;
  private provenBy: string | undefined;
  private result: LeaseResult | undefined;
  private killed = false;

  add(fact: Fact): void {
    if (fact.kind === 'started') this.started(fact);
    else if (fact.kind === 'asked') this.asked(fact);
    else if (fact.kind === 'answered') this.answered(fact);
    else if (fact.kind === 'scheduled') this.scheduled(fact);
    else if (fact.kind === 'called') this.called(fact);
    else if (fact.kind === 'cancel') this.change(fact, 'cancel', {});
    else if (fact.kind === 'killed') this.end(fact);
    else if (fact.kind === 'ended') this.ended(fact);
  }

  /** Everything but the request, which another history tells. */
  record(now: number): Omit<AuditRecord, 'request' | 'gaps'> {
    const { input, result, texts, changes } = this;
    return {
      version: 1,
      reference: input?.reference ?? '',
      number: input?.offer.number ?? null,
      leaseId: result?.leaseId ?? this.leaseId ?? null,
      ...(input?.labels && { labels: input.labels }),
      state: this.state,
      asOf: new Date(now).toISOString(),
      leasedAt: this.leasedAt ?? null,
      changes,
      cost: this.costUntil(now),
      texts: texts.all,
      textsLeftOut: texts.leftOut,
      terminatedAt: result?.terminatedAt ?? this.terminatedAt ?? null,
      reason: this.reason,
      release: this.release,
    };
  }

  private costUntil(now: number): AuditedCost {
    const { releasedAt } = this.result ?? {};
    return costOf(this.billed, releasedAt ? Date.parse(releasedAt) : now);
  }

  private get reason(): string | null {
    if (this.result) return this.result.reason;
    const asked = this.changes.find(({ what, failure }) => ENDS[what] !== undefined && !failure);
    return asked ? String(asked.asked['reason'] ?? ENDS[asked.what]) : null;
  }

  private get state(): AuditRecord['state'] {
    if (this.killed) return 'killed';
    if (!this.result) return 'open';
    return this.result.releasedAt === null ? 'not leased' : 'released';
  }

  private get release(): AuditedRelease | null {
    const { releasedAt, releasedBy } = this.result ?? {};
    if (!releasedAt || !releasedBy) return null;
    return { provenAt: releasedAt, by: releasedBy, provenBy: this.provenBy ?? null };
  }

  private get billed(): BilledLease[] {
    if (this.result?.releasedAt === null) return [];
    const all = [...this.leases.values()];
    return all.some(({ sure }) => sure) ? all.filter(({ sure }) => sure) : all;
  }

  private started({ args }: Of<'started'>): void {
    const input = args[0] as ManageLeaseInput;
    this.input ??= input;
    for (const text of input.messages) this.texts.asked(text, null);
    if (input.carried) this.remembered(input.carried);
  }

  /** What an earlier run of the lease passed on: all that is known where that run is not kept. */
  private remembered(memory: LeaseMemory): void {
    const { lease, acquired, messages, terminatedAt, queue } = memory;
    for (const record of messages) this.texts.settled(record);
    for (const text of queue) this.texts.asked(text, null);
    if (lease) this.billedAs(lease, true);
    if (acquired) this.acquired(acquired);
    if (terminatedAt !== undefined) this.terminatedAt ??= new Date(terminatedAt).toISOString();
  }

  private asked(fact: Of<'asked'>): void {
    const { id, name, args, by } = fact;
    if (name === NAMES.send) this.texts.asked(args[0] as TextSeen, by);
    const isChange = name !== NAMES.send && name !== NAMES.acquire;
    this.updates.set(id, { name, ...(isChange && { change: this.change(fact, name, scalarsOf(args[0])) }) });
  }

  private answered({ id, answer, failure }: Of<'answered'>): void {
    const update = this.updates.get(id);
    this.updates.delete(id);
    if (update?.change && failure) update.change.failure = failure;
    if (update?.name === NAMES.acquire && answer) this.acquired(answer as Acquired);
    if (update?.name !== NAMES.send) return;
    if (answer) this.texts.settled(answer as SendAnswer);
    else if (failure && failure.type !== 'Busy') this.texts.settled({ id, outcome: 'refused' });
  }

  private scheduled({ activity, args, summary, call, at }: Of<'scheduled'>): void {
    if (activity === 'sendText') {
      const { to, message } = args[0] as Omit<TextSeen, 'id'>;
      const id = summary.replace(/^send message /, '');
      this.texts.called(call, { id, to, message }, new Date(at).toISOString());
    } else if (activity === 'terminateLease') {
      const { leaseId } = args[0] as { leaseId: string };
      const start = new Date(at).toISOString();
      this.billedAs({ leaseId, billing: { method: '', period: { start, end: null } } }, true);
    }
  }

  private called(fact: Of<'called'>): void {
    const { activity, call, result, at } = fact;
    if (activity === 'sendText') {
      this.texts.ended(call, result as Outcome<{ messageId: string }> | undefined);
    } else if (activity === 'leaseNumber') {
      const leased = result as Outcome<LeaseConfirmed> | undefined;
      if (leased?.outcome === 'confirmed') this.billedAs(leased.value, false);
    } else if (activity === 'terminateLease' && isConfirmed(result as Read<Terminated> | undefined)) {
      this.terminatedAt ??= new Date(at).toISOString();
    } else this.looked(fact);
  }

  private looked({ activity, result, by }: Of<'called'>): void {
    const read = result as Read<unknown> | undefined;
    if (!read?.answered) return;
    if (activity === 'readHistory') this.texts.shown(read.value as HistorySeen);
    if (activity === 'checkRelease' && showsNoLease(read.value as ReleaseSeen)) this.provenBy = by;
  }

  private ended({ result, ...fact }: Of<'ended'>): void {
    if (!result) {
      this.end({ ...fact, reason: fact.failure?.message ?? 'it failed' });
      return;
    }
    this.result = result as LeaseResult;
    this.acquired(this.result.acquired);
    for (const record of this.result.messages) this.texts.settled(record);
    this.texts.over();
  }

  private end(fact: Pick<Fact, 'at' | 'by'> & { reason: string }): void {
    this.killed = true;
    this.change(fact, 'kill', { reason: fact.reason });
  }

  private acquired(acquired: Acquired): void {
    if (acquired.outcome !== 'leased') return;
    this.leasedAt = acquired.lease.leasedAt;
    this.billedAs(acquired.lease, true);
  }

  /** What is known of a lease first stands; a price may come later. */
  private billedAs({ leaseId, billing }: VendorLease, sure: boolean): void {
    const known = this.leases.get(leaseId);
    const price = billing.price ?? known?.price ?? this.input?.offer.price;
    const start = known?.start ?? Date.parse(billing.period.start);
    this.leases.set(leaseId, { leaseId, start, ...(price && { price }), sure: sure || known?.sure === true });
    if (sure) this.leaseId ??= leaseId;
  }

  private change(
    { at, by }: Pick<Fact, 'at' | 'by'>,
    what: string,
    asked: AuditedChange['asked'],
  ): AuditedChange {
    const change: AuditedChange = { at: new Date(at).toISOString(), by, what, asked };
    this.changes.push(change);
    return change;
  }
}

function isConfirmed(read: Read<Terminated> | undefined): boolean {
  return read?.answered === true && 'outcome' in read.value && read.value.outcome === 'confirmed';
}

function showsNoLease(seen: ReleaseSeen): boolean {
  if ('listed' in seen) return false;
  return !('record' in seen) || !seen.record.lease || !isOpen(seen.record.lease);
}

/** What ends a lease by asking, and the reason that the run gives where none was given. */
const ENDS: Record<string, string | undefined> = { terminate: 'terminated', cancel: 'cancelled' };

function scalarsOf(asked: unknown): AuditedChange['asked'] {
  if (typeof asked !== 'object' || asked === null) return {};
  return Object.fromEntries(
    Object.entries(asked).filter(
      (entry): entry is [string, string | number | boolean] =>
        !PRIVATE.has(entry[0]) && ['string', 'number', 'boolean'].includes(typeof entry[1]),
    ),
  );
}
