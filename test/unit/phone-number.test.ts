import { expect, test } from 'vitest';
import { isSameNumber, phoneNumbersOf } from '../../domain/phone-number.js';

const NUMBER = '+12025550123';

test.each([
  [NUMBER, true],
  ['12025550123', true],
  [12_025_550_123, true],
  ['+1 (202) 555-0123', true],
  ['0012025550123', true],
  ['01112025550123', true],
  ['tel:+1-202-555-0123', true],
  ['\u202A+1 202.555.0123\u202C', true],
  ['＋１２０２５５５０１２３', true],
  ['(202) 555-0123', undefined],
  ['5550123', undefined],
  ['0123', undefined],
  ['+52 1 202 555 0123', undefined],
  ['+1202***0123', undefined],
  ['', undefined],
  [null, undefined],
  ['+12025550124', false],
  ['12025550124', false],
  ['+14155550100', false],
])('the number that is written as %j is +12025550123: %s', (written, same) => {
  expect(isSameNumber(written, NUMBER)).toBe(same);
});

test.each([
  ['+12025550123', ['+12025550123']],
  ['12025550123', ['+12025550123']],
  ['+1 (202) 555-0123', ['+12025550123']],
  ['0044 20 7946 0000', ['+442079460000']],
  ['+44 (0)20 7946 0000', ['+442079460000']],
  ['(202) 555-0123', ['+12025550123', '+2025550123']],
  ['someone@example.com', []],
  ['28453', []],
  [undefined, []],
])('%j may mean %j', (written, numbers) => {
  expect(phoneNumbersOf(written)).toEqual(numbers);
});
