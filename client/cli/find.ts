import type { Command } from 'commander';
import type { ProvisionRequest } from '../../domain/contract.js';
import { rank } from '../../domain/find.js';
import type { NumberRecord } from '../../domain/number-record.js';
import { parseProvisionRequest } from '../../domain/request.js';
import { command, inTerminal, parseCount, withTemporal, type TemporalOptions } from './command.js';
import { criteriaOf, limitsOf, withCriteria, type CriteriaOptions } from './request-options.js';
import { findPlace, openApi } from './session.js';
import { monthly, table, upfront } from './tables.js';
import type { Io } from './terminal.js';

interface FindOptions extends CriteriaOptions, TemporalOptions {
  limit: number;
}

export function findCommand(io: Io): Command {
  return withCriteria(
    withTemporal(command('find', 'show the numbers that could be leased, best first; leases nothing')),
  )
    .option('--limit <count>', 'show at most so many', parseCount, 20)
    .action((options: FindOptions) => find(io, options));
}

function find(io: Io, options: FindOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const { criteria = {}, limits } = wanted(options);
    const place = await findPlace(io, terminal, options);
    const api = openApi(place);
    terminal.progress('Asking for the numbers that are free');
    const records = await api.lease.available().finally(() => api.close());
    const found = rank(records.data, criteria, limits);
    const shown = found.slice(0, options.limit);
    terminal.answer({ found: found.length, numbers: shown }, () =>
      inWords(shown, found.length, records.data.length),
    );
  });
}

/** Checked as a request would be, so that what is found here can be asked for there. */
function wanted(options: FindOptions): ProvisionRequest {
  return parseProvisionRequest({
    reference: 'find',
    criteria: criteriaOf(options),
    limits: limitsOf(options),
  });
}

function inWords(shown: NumberRecord[], found: number, free: number): string {
  if (found === 0) return `None of the ${free} free numbers fits.`;
  const head = ['Number', 'Where', 'Carrier', 'Channels', 'Reputation', 'A month', 'Upfront', 'Needs'];
  const rows = shown.map((record) => [
    record.number,
    [record.location.city, record.location.region, record.location.country].filter(Boolean).join(', '),
    record.carrier,
    record.channels.join(' '),
    record.reputation.toFixed(2),
    monthly(record.pricing),
    upfront(record.pricing),
    record.requirements.map((name) => name.replace(/_required$/, '')).join(' '),
  ]);
  const more = found > shown.length ? `, the best ${shown.length} are shown` : '';
  return `${table(head, rows)}\n${found} of ${free} free numbers fit${more}.`;
}
