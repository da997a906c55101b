import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { ProvisionRequest, ProvisionStatus } from '../../domain/contract.js';
import type { Leasehold } from '../leasehold.js';
import type { Provision, ProvisionedLease } from '../provision.js';
import { manyOf, provisionMany, withMany, type ManyOptions } from './provision-many.js';
import { command, inTerminal, withLive, withTemporal, type SpendingOptions } from './command.js';
import { DRY_RUN, showPlan } from './plan-output.js';
import { provisionPlanInWords } from './plan-provision.js';
import { requestOf, withRequest, type RequestOptions } from './request-options.js';
import { assertMaySpend, findPlace, withLeasehold } from './session.js';
import { monthly } from './tables.js';
import type { Io, Terminal } from './terminal.js';
import { WrongUse } from './wrong-use.js';

interface ProvisionOptions extends RequestOptions, ManyOptions, SpendingOptions {
  wait: boolean;
  dryRun?: boolean;
}

const LOOK_EVERY_MS = 1_000;

export function provisionCommand(io: Io): Command {
  const made = command(
    'provision',
    'lease a number, or many; the same reference always gets the same answer',
  );
  return withLive(withMany(withRequest(withTemporal(made))))
    .argument('[reference]', 'your own key for this request, such as an order')
    .option('--no-wait', 'start it and do not wait for the number')
    .option('--dry-run', DRY_RUN)
    .action((reference: string | undefined, options: ProvisionOptions) => provision(io, reference, options));
}

function provision(io: Io, reference: string | undefined, options: ProvisionOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const request = await requestOf(reference, options);
    const many = manyOf(request, options);
    if (many && options.dryRun) throw new WrongUse('--dry-run is for one number: leave --count out');
    const place = await findPlace(io, terminal, options);
    if (!options.dryRun) assertMaySpend(place, options);
    await withLeasehold(place, options, async (leasehold) => {
      if (options.dryRun) return showProvisionPlan(terminal, leasehold, request);
      if (many) return provisionMany(terminal, leasehold, many, options.wait);
      const begun = await leasehold.startProvision(request);
      if (options.wait) await showLease(terminal, leasehold, begun);
      else showStarted(terminal, begun);
    });
  });
}

async function showProvisionPlan(
  terminal: Terminal,
  leasehold: Leasehold,
  request: ProvisionRequest,
): Promise<void> {
  terminal.progress('Looking what would be done');
  const plan = await leasehold.planProvision(request);
  showPlan(terminal, plan, () => provisionPlanInWords(plan));
}

function showStarted(terminal: Terminal, { reference, runId, url }: Provision): void {
  terminal.answer(
    { reference, runId, url },
    () => `Started for reference ${reference}.${url ? `\n${url}` : ''}`,
  );
}

async function showLease(terminal: Terminal, leasehold: Leasehold, begun: Provision): Promise<void> {
  if (begun.url) terminal.note(begun.url);
  const lease = await watchProvision(terminal, begun);
  const { url } = leasehold.lease(lease.number);
  terminal.answer({ ...lease.leased, url, provisionUrl: begun.url }, () => {
    const price = monthly(lease.billing.price);
    return `${lease.number} is leased for ${lease.reference} as ${lease.leaseId}, ${price} a month.${url ? `\n${url}` : ''}`;
  });
}

/** Waits for the number and says what the run is at. */
export async function watchProvision(terminal: Terminal, begun: Provision): Promise<ProvisionedLease> {
  const over = new AbortController();
  const result = begun.result().finally(() => over.abort());
  terminal.progress('Looking for a number');
  void watch(terminal, begun, over.signal);
  try {
    return await result;
  } finally {
    terminal.quiet();
  }
}

async function watch(terminal: Terminal, begun: Provision, over: AbortSignal): Promise<void> {
  const isOver = (): boolean => over.aborted;
  while (!isOver()) {
    await sleep(LOOK_EVERY_MS, undefined, { signal: over }).catch(() => undefined);
    const status = isOver() ? undefined : await begun.status().catch(() => undefined);
    if (!isOver()) terminal.progress(status ? inWords(status) : 'Waiting for a worker to take it up');
  }
}

function inWords({ state, candidates, number }: ProvisionStatus): string {
  const refused = candidates.filter(({ outcome }) => outcome === 'refused').length;
  const tried = refused > 0 ? ` (${refused} refused so far)` : '';
  if (state === 'leasing' && number !== undefined) return `Leasing ${number}${tried}`;
  return `Looking for a number${tried}`;
}
