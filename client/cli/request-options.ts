import { readFile } from 'node:fs/promises';
import { text as readStream } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { Criteria, Message, ProvisionRequest } from '../../domain/contract.js';
import type { Labels } from '../../domain/labels.js';
import type { Limits } from '../../domain/money.js';
import type { BillingMethod } from '../../domain/number-record.js';
import { labelOption, parseCount, parseNumber, listOption } from './command.js';
import { WrongUse } from './wrong-use.js';

/** Options that say which numbers will do. */
export interface CriteriaOptions {
  country?: string;
  region?: string;
  city?: string;
  areaCode?: string;
  channel?: string[];
  carrier?: string;
  minReputation?: number;
  intlSms?: boolean;
  allowRequirement?: string[];
  currency?: string;
  maxUpfrontFee?: number;
  maxMonthlyRate?: number;
}

export function withCriteria(target: Command): Command {
  return target
    .option('--country <code>', 'ISO 3166-1 in two letters, such as US')
    .option('--region <code>', "the vendor's region or state, such as CA")
    .option('--city <name>')
    .option('--area-code <digits>', "the digits after the country's calling code")
    .addOption(listOption('--channel <name>', 'sms, mms, rcs, imessage or whatsapp'))
    .option('--carrier <name>')
    .option('--min-reputation <0..1>', 'at least this reputation', parseNumber)
    .option('--intl-sms', 'must send texts abroad')
    .addOption(listOption('--allow-requirement <name>', 'a requirement that the account meets; default: any'))
    .option('--currency <code>', 'currency of the limits: USD, EUR, GBP, CAD or AUD')
    .option('--max-upfront-fee <amount>', 'limit of the upfront fee', parseNumber)
    .option('--max-monthly-rate <amount>', 'limit of the monthly rate', parseNumber);
}

export function criteriaOf(options: CriteriaOptions): Criteria {
  const { country, region, city, areaCode, channel: channels, carrier, minReputation, intlSms } = options;
  const allowRequirements = options.allowRequirement;
  return given({
    country,
    region,
    city,
    areaCode,
    channels,
    carrier,
    minReputation,
    intlSms,
    allowRequirements,
  });
}

/** As given, a missing currency included: the check of the request names it. */
export function limitsOf({
  currency,
  maxUpfrontFee,
  maxMonthlyRate,
}: CriteriaOptions): Partial<Limits> | undefined {
  const limits = given({ currency, maxUpfrontFee, maxMonthlyRate });
  return Object.keys(limits).length > 0 ? limits : undefined;
}

export interface RequestOptions extends CriteriaOptions {
  request?: string;
  number?: string;
  term?: string;
  until?: string;
  billingMethod?: BillingMethod;
  to?: string;
  text?: string;
  confirmDelivery?: boolean;
  terminateAfterMessages?: boolean;
  settleWindow?: string;
  maxNumbersLeased?: number;
  acquireTimeout?: string;
  label?: Labels;
  protected?: boolean;
  grace?: string;
  warnBefore?: string;
  autoRenew?: boolean;
  healthEvery?: string;
  healthMinReputation?: number;
}

export function withRequest(target: Command): Command {
  return withCriteria(target)
    .option('--number <E.164>', 'this number and no other')
    .option('--term <duration>', 'lease for so long, such as "30 days"')
    .option(
      '--until <instant>',
      'lease until then: ISO 8601 with its zone, 2027-03-28T02:30[Europe/Berlin] or billing-period-end',
    )
    .option('--protected', 'do not give it back, by command or at its end, before the protection is lifted')
    .option('--grace <duration>', 'so long after its end it can still be restored, such as "1h"')
    .option('--warn-before <duration>', 'so long before its end it shows as expiring, such as "2 days"')
    .option('--auto-renew', 'at its end it goes on by its term, or by a billing period')
    .option('--health-every <duration>', 'look so often how the number is, such as "1 day"')
    .option('--health-min-reputation <0..1>', 'below it the number is unwell', parseNumber)
    .option('--billing-method <method>', 'monthly or service_contract')
    .option('--to <E.164>', 'recipient of a text that is sent once the number is active')
    .option('--text <text>', 'what that text says')
    .option('--confirm-delivery', 'ask the vendor whether that text arrived where no webhook tells')
    .option('--terminate-after-messages', 'give the number back when its texts are sent')
    .option('--settle-window <duration>', 'how long a call whose answer was lost may still act')
    .option(
      '--max-numbers-leased <count>',
      'numbers that the reference leases one after another at most (default: 3)',
      parseCount,
    )
    .option('--acquire-timeout <duration>', 'fail when one number takes longer to be leased (default: 15m)')
    .addOption(labelOption('a label to list and limit by'))
    .option(
      '--request <file>',
      'the request as JSON, from a file or - for stdin; options given beside it win',
    );
}

/** The request that the options make up; not yet checked. */
export async function requestOf(
  reference: string | undefined,
  options: RequestOptions,
): Promise<ProvisionRequest> {
  const { number, term, until, billingMethod, terminateAfterMessages, settleWindow } = options;
  const { protected: isProtected, grace, warnBefore, autoRenew } = options;
  const criteria = criteriaOf(options);
  const fromFile = options.request === undefined ? {} : await readRequest(options.request);
  const request: object = {
    ...fromFile,
    ...given({ reference, number, term, until, billingMethod, terminateAfterMessages, settleWindow }),
    ...given({ limits: limitsOf(options), messages: messagesOf(options), labels: options.label }),
    ...given({ maxNumbersLeased: options.maxNumbersLeased, acquireTimeout: options.acquireTimeout }),
    ...given({ protected: isProtected, grace, warnBefore, autoRenew, health: healthOf(options) }),
    ...(Object.keys(criteria).length > 0 && { criteria }),
  };
  return request as ProvisionRequest; // what it lacks is told by the check that every request passes
}

function healthOf({ healthEvery: checkEvery, healthMinReputation: minReputation }: RequestOptions) {
  const health = given({ checkEvery, minReputation });
  return Object.keys(health).length > 0 ? health : undefined;
}

function messagesOf({ to, text, confirmDelivery }: RequestOptions): Message[] | undefined {
  if (confirmDelivery && text === undefined) throw new WrongUse('--confirm-delivery needs --to and --text');
  if (to === undefined && text === undefined) return undefined;
  if (to === undefined || text === undefined)
    throw new WrongUse('--to and --text are given together or not at all');
  return [{ id: 'm1', to, message: text, ...(confirmDelivery && { confirmDelivery }) }];
}

async function readRequest(file: string): Promise<object> {
  const content = await (file === '-' ? readStream(process.stdin) : readFile(file, 'utf8')).catch(
    (error: unknown) => {
      throw new WrongUse(
        `--request ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      );
    },
  );
  try {
    const parsed: unknown = JSON.parse(content);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch {
    // told below
  }
  throw new WrongUse(`--request ${file} must hold one JSON object`);
}

type Given<T> = { [Key in keyof T]?: Exclude<T[Key], undefined> };

function given<T extends object>(fields: T): Given<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Given<T>;
}
