import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../worker/config.js';
import { tempFolder } from '../support/temp-folder.js';

const read = (limits: unknown) =>
  readConfig({
    CONTIGUITY_API_KEY: 'contiguity_sk_secret',
    LEASEHOLD_LIMITS: typeof limits === 'string' ? limits : JSON.stringify(limits),
  }).limits;

const problem = (limits: unknown): string => {
  try {
    read(limits);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('was taken');
};

const full = {
  account: { currency: 'USD', maxLeases: 10, maxMonthly: 500, maxUpfront: { amount: 100, per: '30 days' } },
  labels: { tenant: { '*': { maxLeases: 2 }, acme: { currency: 'EUR', maxMonthly: 50 } } },
};

describe('LEASEHOLD_LIMITS', () => {
  it('is JSON, or the path of a file with it', () => {
    expect(read(full)).toEqual(full);
    const file = join(tempFolder(), 'limits.json');
    writeFileSync(file, JSON.stringify(full));
    expect(read(file)).toEqual(full);
    expect(read('')).toBeUndefined();
  });

  it.each([
    ['/nowhere/limits.json', /^LEASEHOLD_LIMITS names no file with JSON: ENOENT/],
    ['{"account":', /^LEASEHOLD_LIMITS is no JSON/],
    [{ account: { maxLeases: 1.5 } }, /account\.maxLeases must be a whole number from 0 to 10000, got 1\.5/],
    [
      { account: { maxMonthly: 5 } },
      /account\.currency is missing: it must be given with maxMonthly or maxUpfront/,
    ],
    [{ account: { currency: 'XXX' } }, /account\.currency must be one of USD/],
    [
      { account: { currency: 'USD', maxUpfront: { amount: 1, per: 30 } } },
      /account\.maxUpfront\.per must be a dur/,
    ],
    [{ account: { most: 1 } }, /account\.most is not a known field \(known are: currency, maxLeases/],
    [{ accounts: {} }, /accounts is not a known field \(known are: account, labels\)/],
    [{ labels: { tenant: { acme: { maxLeases: -1 } } } }, /labels\.tenant\.acme\.maxLeases must be/],
    [{ labels: { Tenant: {} } }, /labels\.Tenant is no key of a label, such as "tenant"/],
  ])('%j is wrong, and the field is named', (limits, message) => {
    expect(problem(limits)).toMatch(message);
  });
});
