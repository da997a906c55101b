import { setTimeout as sleep } from 'node:timers/promises';
import pc from 'picocolors';
import type { ProvisionRequest } from '../../domain/contract.js';
import { formatMoney } from '../../domain/money.js';
import type { Pricing } from '../../domain/number-record.js';
import { LeaseholdError } from '../errors.js';
import type { Leasehold } from '../leasehold.js';
import type { ProvisionedLease } from '../provision.js';
import { followLease } from './follow.js';
import { watchProvision } from './provision.js';
import { clock } from './tables.js';
import type { Terminal } from './terminal.js';

/** A demonstrated life takes half a minute; one that takes this long is stuck. */
const LIFE_LIMIT_MS = 10 * 60_000;

/** One number from the search to its proven release, each step told as it happens. */
export async function demonstrate(
  terminal: Terminal,
  leasehold: Leasehold,
  options: { to: string; onLeased: () => void },
): Promise<void> {
  const request = demoRequest(options.to);
  const begun = await leasehold.startProvision(request);
  step(terminal, new Date().toISOString(), `reference ${request.reference}: looking for a US number`, {
    url: begun.url,
  });
  const lease = await watchProvision(terminal, begun);
  const { url } = leasehold.lease(lease.number);
  step(terminal, lease.leasedAt, `found ${lease.number}, ${priceOf(lease)}`, { number: lease.number, url });
  if (url !== undefined) terminal.note(`Watch it: ${url}`);
  options.onLeased();
  await Promise.race([live(terminal, lease), tooLong(lease.number)]);
}

async function live(terminal: Terminal, lease: ProvisionedLease): Promise<void> {
  const { number } = lease;
  const result = await followLease(lease, {
    step: ({ at, text }) => step(terminal, at, text, { number }),
    next: (words) => terminal.progress(`          ${words}`),
  });
  terminal.quiet();
  const { releasedAt, releasedBy, polls } = result;
  if (releasedAt === null)
    throw new LeaseholdError('UnexpectedResponse', `${number} was not leased: ${result.reason}`);
  const words = pc.green(`${number} is proven released`);
  step(terminal, releasedAt, `${words} (by ${releasedBy ?? 'us'}, after ${polls} looks)`, {
    number,
    released: true,
  });
}

/** New at every start: a reference that was used keeps its answer. */
function demoRequest(to: string): ProvisionRequest {
  const reference = `demo-${new Date().toISOString().replace(/[-:]|\.\d+Z$/g, '')}-${process.pid}`;
  return {
    reference,
    criteria: { country: 'US', channels: ['sms'] },
    messages: [{ id: 'hello', to, message: 'Hello from Leasehold' }],
    terminateAfterMessages: true,
    releasePolling: { initial: '2s', max: '5s' },
    settleWindow: '10s', // the simulator acts at once, and nobody wants to watch a wait
  };
}

function step(terminal: Terminal, at: string, text: string, facts: object): void {
  terminal.event({ at, step: text, ...facts }, `${pc.dim(clock(at))}  ${text}`);
}

function priceOf({ billing }: ProvisionedLease): string {
  const words = ({ currency, monthlyRate, upfrontFee }: Pricing): string =>
    `${formatMoney(monthlyRate, currency)} a month, ${formatMoney(upfrontFee, currency)} upfront`;
  return billing.price ? words(billing.price) : 'price unknown';
}

async function tooLong(number: string): Promise<never> {
  await sleep(LIFE_LIMIT_MS, undefined, { ref: false });
  throw new LeaseholdError(
    'NoAnswer',
    `${number} is not released yet; its run goes on whenever a worker runs`,
  );
}
