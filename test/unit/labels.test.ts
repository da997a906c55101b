import { expect, it } from 'vitest';
import { labelEntries, labelsFrom, labelsProblem } from '../../domain/labels.js';
import { parseProvisionRequest } from '../../domain/request.js';

const fieldOf = (labels: unknown): string => {
  try {
    parseProvisionRequest({ reference: 'r', labels });
  } catch (error) {
    return (error as { field: string }).field;
  }
  return 'none';
};

it('takes what can be listed by, and gives it back as it was', () => {
  const labels = { tenant: 'Acme & Söhne', 'cost.centre-1_a': 'a=b=c' };
  expect(parseProvisionRequest({ reference: 'r', labels }).labels).toEqual(labels);
  expect(labelEntries(labels)).toEqual(['cost.centre-1_a=a=b=c', 'tenant=Acme & Söhne']);
  expect(labelsFrom(labelEntries(labels))).toEqual(labels);
  expect(labelsProblem({})).toBeUndefined();
});

it.each<[string, unknown, string]>([
  ['no object', ['tenant=acme'], 'labels'],
  ['a number', { tenant: 5 }, 'labels.tenant'],
  ['an empty value', { tenant: ' ' }, 'labels.tenant'],
  ['a long value', { tenant: 'x'.repeat(129) }, 'labels.tenant'],
  ['a value that ends a phrase', { tenant: 'a"b' }, 'labels.tenant'],
  ['a backslash', { tenant: 'a\\b' }, 'labels.tenant'],
  ['two lines', { tenant: 'a\nb' }, 'labels.tenant'],
  ['a key in capitals', { Tenant: 'a' }, 'labels.Tenant'],
  ['a key with =', { 'a=b': 'c' }, 'labels.a=b'],
  ['too many', Object.fromEntries(Array.from({ length: 21 }, (_, at) => [`k${at}`, 'v'])), 'labels'],
  [
    'more than Temporal keeps',
    Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`k${at}`, 'ü'.repeat(60)])),
    'labels',
  ],
])('refuses %s and names the field', (_, labels, field) => expect(fieldOf(labels)).toBe(field));
