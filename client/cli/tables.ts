import Table from 'cli-table3';
import pc from 'picocolors';
import { formatMoney } from '../../domain/money.js';
import type { Pricing } from '../../domain/number-record.js';

/** A table for people, without lines between its rows; an empty head is left out. */
export function table(head: string[], rows: string[][]): string {
  const made = new Table({
    ...(head.length > 0 && { head: head.map((title) => pc.bold(title)) }),
    style: { head: [], border: [], compact: true },
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
  });
  made.push(...rows);
  return made.toString();
}

export function monthly(pricing: Pricing | undefined): string {
  return pricing ? formatMoney(pricing.monthlyRate, pricing.currency) : 'unknown';
}

export function upfront(pricing: Pricing | undefined): string {
  return pricing ? formatMoney(pricing.upfrontFee, pricing.currency) : 'unknown';
}

/** `2026-06-01 12:00:05Z`, short enough for a column. */
export function instant(iso: string | null | undefined): string {
  return iso ? iso.replace('T', ' ').replace(/\.\d+Z$/, 'Z') : '';
}

/** `12:00:05` of an ISO 8601 instant. */
export function clock(iso: string): string {
  return iso.slice(11, 19);
}

export function state(name: string): string {
  if (name === 'attention' || name === 'failed') return pc.red(name);
  if (name === 'expiring' || name === 'grace') return pc.yellow(name);
  if (name === 'active' || name === 'leased') return pc.green(name);
  return name;
}
