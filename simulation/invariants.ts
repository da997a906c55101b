import { adoptedReference } from '../domain/adoption.js';
import type { LeaseResult } from '../domain/contract.js';
import type { Ledger } from '../simulator/index.js';
import { leaseOf, leasesIn } from './leases.js';

/** One run of `manageLease` as the server tells it, times in epoch milliseconds of the server. */
export interface LeaseRunSeen {
  runId: string;
  number: string;
  /** The provision that started it, and its reference. */
  provisionRunId: string;
  reference?: string;
  openedAt: number;
  closedAt: number | undefined;
  status: string;
  result: LeaseResult | undefined;
}

export interface Evidence {
  ledger: Ledger;
  runs: LeaseRunSeen[];
  /** Adoptions, as their numbers' runs know them: what they were given was leased by hand. */
  adoptions: ReadonlySet<string>;
  /** Runs that a person terminated: their numbers had no owner for a while. */
  terminated: ReadonlySet<string>;
  /** The vendor's clock less the server's. */
  skewMs: number;
}

interface Held {
  number: string;
  leaseId: string;
  from: number;
  to: number;
}

/** Instants of the ledger and of the server are taken apart by a call's way: so much is no violation. */
export const GRAIN_MS = 50;
/** A lease request, or a copy of it, may act so long after the run that sent it was terminated. */
const MAX_LATENESS_MS = 90_000;
/** The contract's default of `maxNumbersLeased`. */
const MAX_NUMBERS_LEASED = 3;
/** The simulator's words of a 402. */
const UNPAID = /Payment required/;

/** Whether the number's run was open all this time, in epoch milliseconds of the server. */
export function ownedFor(run: LeaseRunSeen, number: string, from: number, to: number): boolean {
  const { openedAt, closedAt = Number.POSITIVE_INFINITY } = run;
  return run.number === number && openedAt <= from + GRAIN_MS && closedAt >= to - GRAIN_MS;
}

/** What the promise says, checked on the simulator's ledger: an empty list, or every violation in words. */
export function violations(evidence: Evidence): string[] {
  const held = leasesOf(evidence);
  return [
    ...held.flatMap((lease) => unowned(lease, evidence)),
    ...twoLeases(evidence),
    ...texts(evidence),
    ...endedEarly(held, evidence),
    ...tooManyNumbers(held, evidence),
    ...triedUnpaid(evidence),
    ...deletedOfPeople(evidence),
    ...leftOver(evidence),
  ];
}

/** Leases that calls of ours made. */
function leasesOf({ ledger, skewMs }: Evidence): Held[] {
  return leasesIn(ledger)
    .filter(({ by }) => by === 'us')
    .map(({ number, leaseIds, from, to }) => {
      return { number, leaseId: leaseIds.join(', then '), from: from - skewMs, to: to - skewMs };
    });
}

/** 1. At every moment each leased number has one open run. */
function unowned(lease: Held, { runs, terminated }: Evidence): string[] {
  const isTerminated = ({ runId, number, openedAt, closedAt = openedAt }: LeaseRunSeen) =>
    terminated.has(runId) &&
    number === lease.number &&
    openedAt < lease.to &&
    closedAt + MAX_LATENESS_MS > lease.from;
  if (runs.some(isTerminated)) return []; // reconcile found it an owner, or it is left over
  const owners = runs.filter((run) => ownedFor(run, lease.number, lease.from, lease.to));
  return owners.length === 1 ? [] : [`lease ${lease.leaseId} of ${lease.number} has ${owners.length} owners`];
}

/**
 * 2. One provision never keeps two leases: what it was answered is the only one that was verified for it. A lease by
 * hand counts as one of ours where it was made while a call of ours for that number was in doubt: nobody can tell.
 * An adoption takes what is leased already, and a reconcile pass adopts any number of leases.
 */
function twoLeases({ runs, ledger, skewMs }: Evidence): string[] {
  const kept = new Map<string, { number: string; leaseId: string }[]>();
  for (const { provisionRunId, number, result } of runs) {
    if (result?.acquired.outcome !== 'leased' || isAdoption(result)) continue;
    const { leaseId } = result.acquired.lease;
    kept.set(provisionRunId, [...(kept.get(provisionRunId) ?? []), { number, leaseId }]);
  }
  const leases = leasesIn(ledger);
  const mayBeOurs = (leaseId: string, number: string) => {
    const lease = leaseOf(leases, leaseId);
    if (!lease) return false;
    const isInDoubt = (run: LeaseRunSeen) =>
      run.number === number && run.openedAt <= lease.from - skewMs + GRAIN_MS;
    return lease.by === 'us' || runs.some(isInDoubt);
  };
  return [...kept].flatMap(([provision, given]) => [
    ...(given.length > 1
      ? [
          `provision ${provision} was given ${given.map(({ number, leaseId }) => `${leaseId} of ${number}`).join(' and ')}`,
        ]
      : []),
    ...given
      .filter(({ leaseId, number }) => !mayBeOurs(leaseId, number))
      .map(
        ({ number, leaseId }) =>
          `provision ${provision} was given ${leaseId} of ${number}, which no call of ours made`,
      ),
  ]);
}

function isAdoption({ reference }: LeaseResult): boolean {
  return reference.startsWith(adoptedReference(''));
}

/**
 * 3. One provision's text is in the ledger at most once; exactly once, and by its own run, when that run reports it sent,
 * and never by a run that reports it refused: the run of the next candidate may have sent it. Each text of a simulation
 * carries its message id as its words. A reference whose provision was cancelled may be asked for again: that is another
 * provision, with another lease, and it sends its texts.
 */
function texts(evidence: Evidence): string[] {
  const isTerminated = (number: string) =>
    evidence.runs.some((run) => run.number === number && evidence.terminated.has(run.runId));
  const sent = evidence.ledger.entries.flatMap((entry) => (entry.kind === 'text' ? [entry] : []));
  const owned = sent.map((text) => ({ id: text.message, number: text.number, run: ownerOf(text, evidence) }));
  const unowned = owned
    .filter(({ run, number }) => !run && !isTerminated(number))
    .map(({ id, number }) => `message ${id} went out from ${number}, which no run held`);
  const byProvision = new Map<string, string[]>();
  for (const { id, number, run } of owned) {
    const key = `${id} of provision ${run?.provisionRunId ?? ''}`;
    byProvision.set(key, [...(byProvision.get(key) ?? []), number]);
  }
  const twice = [...byProvision]
    .filter(([, numbers]) => numbers.length > 1)
    .map(([id, numbers]) => `message ${id} went out from ${numbers.join(' and ')}`);
  const wrong = evidence.runs.flatMap((run) =>
    (run.result?.messages ?? []).flatMap(({ id, outcome }) => {
      const times = owned.filter((text) => text.run === run && text.id === id).length;
      if (outcome === 'sent' && times !== 1)
        return [`message ${id} of ${run.number} is reported sent and went out ${times} times`];
      return outcome === 'refused' && times > 0
        ? [`message ${id} of ${run.number} is reported refused and went out`]
        : [];
    }),
  );
  return [...unowned, ...twice, ...wrong];
}

/** The run that had the number when the text went out; at a change of hands the one that knows the text. */
function ownerOf(
  { number, at, message }: { number: string; at: number; message: string },
  { runs, skewMs }: Evidence,
): LeaseRunSeen | undefined {
  const its = runs.filter((run) => ownedFor(run, number, at - skewMs, at - skewMs));
  return its.find(({ result }) => result?.messages.some(({ id }) => id === message)) ?? its[0];
}

/** 4. A run ends only when its lease is released. */
function endedEarly(held: Held[], { runs, terminated }: Evidence): string[] {
  return runs.flatMap(({ runId, number, closedAt, status, openedAt }) => {
    if (terminated.has(runId)) return [];
    if (status !== 'COMPLETED') return [`the run of ${number} ended as ${status}`];
    const open = held.find(
      (lease) =>
        lease.number === number &&
        lease.from >= openedAt - GRAIN_MS &&
        lease.to > (closedAt ?? 0) + GRAIN_MS &&
        lease.from < (closedAt ?? 0),
    );
    return open ? [`the run of ${number} ended while ${open.leaseId} was leased`] : [];
  });
}

/** 5. A reference leases so many numbers at most, in all its runs. */
function tooManyNumbers(held: Held[], { runs, terminated }: Evidence): string[] {
  const numbers = new Map<string, Set<string>>();
  for (const { number, from } of held) {
    const owner = runs.find((run) => ownedFor(run, number, from, from));
    if (owner?.reference === undefined || terminated.has(owner.runId)) continue;
    if (runs.some((run) => hasFollowed(run, owner) && run.openedAt < from)) continue; // a late copy of a request leased it
    numbers.set(owner.reference, (numbers.get(owner.reference) ?? new Set()).add(number));
  }
  return [...numbers].flatMap(([reference, its]) =>
    its.size > MAX_NUMBERS_LEASED
      ? [`reference ${reference} leased ${its.size} numbers: ${[...its].join(', ')}`]
      : [],
  );
}

/** The request went on to another number, which it does once a read shows that it leased nothing. */
function hasFollowed(run: LeaseRunSeen, earlier: LeaseRunSeen): boolean {
  return run.reference === earlier.reference && run.openedAt > earlier.openedAt;
}

/** A request ends where the account cannot pay: no other number is tried. */
function triedUnpaid({ runs }: Evidence): string[] {
  const tried = new Map<string, string[]>();
  for (const { provisionRunId, number, result } of runs) {
    if (result?.acquired.outcome !== 'refused' || !UNPAID.test(result.acquired.failure.message)) continue;
    tried.set(provisionRunId, [...(tried.get(provisionRunId) ?? []), number]);
  }
  return [...tried].flatMap(([provision, numbers]) =>
    numbers.length > 1
      ? [
          `provision ${provision} tried ${numbers.length} numbers although the account cannot pay: ${numbers.join(', ')}`,
        ]
      : [],
  );
}

/** 6. What a person leased is not ours to delete, unless it was adopted, or leased while a run of ours was at it. */
function deletedOfPeople({ ledger, runs, adoptions, skewMs }: Evidence): string[] {
  const leases = leasesIn(ledger);
  return ledger.entries.flatMap((entry) => {
    if (entry.kind !== 'terminate-requested' || entry.by !== 'us') return [];
    const lease = leaseOf(leases, entry.leaseId);
    if (lease?.by !== 'hand') return [];
    const its = runs.filter(({ number }) => number === entry.number);
    const isAdopted = its.some(({ provisionRunId }) => adoptions.has(provisionRunId));
    const isInDoubt = its.some((run) =>
      ownedFor(run, entry.number, lease.from - skewMs, lease.from - skewMs),
    );
    return isAdopted || isInDoubt
      ? []
      : [`${entry.leaseId} of ${entry.number}, which a person leased, was deleted`];
  });
}

/** A settled end: when faults stop, no number stays leased that nobody wants. */
function leftOver({ ledger }: Evidence): string[] {
  return ledger.open
    .filter(({ by }) => by === 'us')
    .map(({ leaseId, number }) => `${leaseId} of ${number} is still leased at the end`);
}

/** The ledger and the runs of each number, as lines in the order of time. */
export function storyOf({ ledger, runs, skewMs }: Evidence): Map<string, string[]> {
  const facts = [
    ...ledger.entries.map((entry) => ({
      at: entry.at - skewMs,
      number: entry.number,
      text: `${entry.kind} ${entry.leaseId}`,
    })),
    ...runs.flatMap(({ number, openedAt, closedAt, result }) => [
      { at: openedAt, number, text: 'run opened' },
      ...(closedAt === undefined
        ? []
        : [{ at: closedAt, number, text: `run closed: ${JSON.stringify(result)}` }]),
    ]),
  ].sort((a, b) => a.at - b.at);
  const story = new Map<string, string[]>();
  for (const { at, number, text } of facts)
    story.set(number, [...(story.get(number) ?? []), `${new Date(at).toISOString()} ${text}`]);
  return story;
}
