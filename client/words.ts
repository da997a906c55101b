import type { Criteria, ProvisionRequest } from '../domain/contract.js';
import { labelEntries } from '../domain/labels.js';
import { formatMoney } from '../domain/money.js';

/** One line for the list in the Temporal UI: `campaign-42: US, sms, at most 20.00 USD a month`. */
export function summaryOf(request: ProvisionRequest): string {
  return `${request.reference}: ${[wanted(request), limit(request)].filter(Boolean).join(', ')}`;
}

/** The request as Markdown. What its messages say and to whom is left out. */
export function detailsOf(request: ProvisionRequest): string {
  const { messages = [], terminateAfterMessages, term, until, billingMethod = 'monthly', labels } = request;
  const end =
    term ??
    (until && `until ${until}`) ??
    (terminateAfterMessages ? 'until its messages are sent' : 'until told');
  const rows: string[][] = [
    ['Reference', `\`${request.reference}\``],
    ['Number', wanted(request)],
    ['Limit', limit(request) || 'none'],
    ['Billing', billingMethod],
    ['Leased', end],
    ['Messages', String(messages.length)],
    ...(labels ? [['Labels', labelEntries(labels).join(', ')]] : []),
  ];
  return [
    '| | |',
    '| --- | --- |',
    ...rows.map((cells) => `| ${cells.join(' | ').replaceAll('\n', ' ')} |`),
  ].join('\n');
}

function wanted({ number, criteria = {} }: ProvisionRequest): string {
  return number ?? (inWords(criteria).join(', ') || 'any number');
}

function inWords(criteria: Criteria): string[] {
  const { country, region, city, areaCode, channels = [], carrier, minReputation, intlSms } = criteria;
  const words = [country, region, city, areaCode && `area code ${areaCode}`, channels.join(' + '), carrier];
  if (minReputation !== undefined) words.push(`reputation from ${minReputation}`);
  if (intlSms) words.push('international SMS');
  return words.filter((word): word is string => Boolean(word));
}

function limit({ limits }: ProvisionRequest): string {
  if (!limits) return '';
  const { currency, maxMonthlyRate, maxUpfrontFee } = limits;
  const parts: string[] = [];
  if (maxMonthlyRate !== undefined) parts.push(`at most ${formatMoney(maxMonthlyRate, currency)} a month`);
  if (maxUpfrontFee !== undefined) parts.push(`at most ${formatMoney(maxUpfrontFee, currency)} upfront`);
  return parts.join(', ') || `priced in ${currency}`;
}
