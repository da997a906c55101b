import type { LeaseMemo } from './contract.js';
import { formatMoney } from './money.js';
import { isOpen, type NumberRecord, type Pricing } from './number-record.js';
import type { PhoneNumber } from './phone-number.js';
import type { Change, Finding, FindingKind } from './reconciliation.js';

/** What one look at a number showed: the vendor's side and ours. */
export interface Look {
  number: PhoneNumber;
  /** Absent where the vendor knows no such number, or its list of what is leased does not have it. */
  record?: NumberRecord;
  /** The newest run of the number, open or closed; absent where there never was one. */
  run?: SeenRun;
}

export interface SeenRun {
  runId: string;
  isOpen: boolean;
  /** Temporal's word for how it is, or how it ended. */
  status: string;
  /** Of the contract; absent where the server does not tell. */
  state?: string;
  reference?: string;
  taken?: LeaseMemo['taken'];
  /** The lease that the run holds, where it was asked. */
  leaseId?: string;
  attention?: string;
  /** The request that started it was ended from outside before it could hand the number to its caller. */
  isUnclaimed?: true;
}

/** A run in one of these states holds its number; in the others it may just be getting it, or giving it back. */
export const HOLDING: readonly string[] = ['active', 'expiring', 'grace'];

/** A reputation that fell by less is noise. */
const REPUTATION_STEP = 0.1;
/** Above the first one the vendor calls a number fine for everything, below the second one fit for unimportant traffic. */
const REPUTATION_LINES = [0.8, 0.7];

/** What is wrong with a number by one look. Nothing of it is believed before a second look shows the same. */
export function findingsIn(look: Look): Finding[] {
  const { run } = look;
  const lease = look.record?.lease && isOpen(look.record.lease) ? look.record.lease : undefined;
  if (!run?.isOpen) return lease ? [orphan(look, lease.leaseId)] : [];
  if (run.state === 'attention') return [stuck(look, lease !== undefined)];
  if (!HOLDING.includes(run.state ?? '')) return [];
  if (!lease) return [ghost(look)];
  const changes = changesOf(look);
  const what = changes.map(({ field, was, is }) => `${field}: ${was} is now ${is}`).join(', ');
  return [
    ...(run.isUnclaimed ? [unclaimed(look)] : []),
    ...(changes.length > 0 ? [{ ...found(look, 'changed', what), changes }] : []),
  ];
}

function unclaimed(look: Look): Finding {
  const reference = look.run?.reference ?? '';
  return found(look, 'unclaimed', `its request "${reference}" was ended from outside and has no answer`);
}

function orphan(look: Look, leaseId: string): Finding {
  const { run } = look;
  const what = run
    ? `leased, and its last run is over (${run.status.toLowerCase()})`
    : 'leased, and no run ever owned it';
  return { ...found(look, 'orphan', what), leaseId };
}

function ghost(look: Look): Finding {
  const { run, record } = look;
  const shown = record ? `its status is ${record.status}` : 'the vendor does not show it';
  return found(
    look,
    'ghost',
    `its run is ${run?.state ?? 'open'}, and the account does not lease it: ${shown}`,
  );
}

function stuck(look: Look, isLeased: boolean): Finding {
  const why = look.run?.attention ?? 'its run asks for attention';
  return found(look, 'stuck', isLeased ? why : `${why} (the account does not lease it)`);
}

function found({ number, record, run }: Look, kind: FindingKind, what: string): Finding {
  const leaseId = record?.lease?.leaseId;
  return {
    kind,
    number,
    what,
    ...(leaseId !== undefined && { leaseId }),
    ...(run && { runId: run.runId }),
    ...(run?.reference !== undefined && { reference: run.reference }),
    ...(run?.isOpen && run.state !== undefined && { state: run.state }),
  };
}

function changesOf({ record, run }: Look): Change[] {
  const lease = record?.lease;
  if (!lease || !run) return [];
  const { taken, leaseId = lease.leaseId } = run;
  return [
    ...changed('lease', leaseId, lease.leaseId),
    ...changed('status', 'active', lease.status),
    ...(taken ? drift(taken, record) : []),
  ];
}

function drift(taken: NonNullable<SeenRun['taken']>, record: NumberRecord): Change[] {
  const was = taken.price;
  const is = record.lease?.billing?.price ?? record.pricing;
  const { reputation } = record;
  return [
    ...(was && is ? changed('price', monthly(was), monthly(is)) : []),
    ...changed('channels', list(taken.channels), list(record.channels)),
    ...(hasFallen(taken.reputation, reputation)
      ? changed('reputation', String(taken.reputation), String(reputation))
      : []),
  ];
}

function changed(field: Change['field'], was: string, is: string): Change[] {
  return was === is ? [] : [{ field, was, is }];
}

function list(channels: string[]): string {
  return channels.toSorted().join('+') || 'none';
}

function monthly({ currency, monthlyRate }: Pricing): string {
  return formatMoney(monthlyRate, currency);
}

function hasFallen(was: number, is: number): boolean {
  return was - is >= REPUTATION_STEP - 1e-9 || REPUTATION_LINES.some((line) => was >= line && is < line);
}
