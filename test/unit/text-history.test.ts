import { describe, expect, test } from 'vitest';
import { digestOf, judgeHistory, rowsOf, type VendorRow } from '../../domain/text-history.js';

const US = '+14155550100';
const TO = '+12025550123';
const NOW = Date.UTC(2026, 10, 30, 12, 0, 5, 340);
const MINUTE_MS = 60_000;
const SOUGHT = { from: US, to: TO, since: NOW - 60 * MINUTE_MS, notBefore: NOW };
const ROW = { from: US, to: TO, message: 'Hello', timestamp: NOW + 20 };

interface Others {
  sent?: string[];
  unknown?: string[];
  queued?: string[];
  areForgotten?: boolean;
  isFull?: boolean;
}

function judge(history: VendorRow[], others: Others = {}) {
  const { sent = [], unknown = [], queued = [], areForgotten = false, isFull = false } = others;
  const count = (texts: string[]) => {
    const entries = texts.map((text) => [digestOf(text), texts.filter((same) => same === text).length]);
    return Object.fromEntries(entries) as Record<string, number>;
  };
  const known = { sent: count(sent), unknown: count(unknown), queued: count(queued), areForgotten };
  return judgeHistory(rowsOf(history, SOUGHT), isFull, digestOf('Hello'), known);
}

describe('one row', () => {
  test.each<[string, VendorRow, 'sent' | 'not sent' | 'unknown']>([
    ['is the text', ROW, 'sent'],
    ['without plus', { ...ROW, to: '12025550123', from: '14155550100' }, 'sent'],
    ['formatted', { ...ROW, to: '+1 (202) 555-0123' }, 'sent'],
    ['with another white space', { ...ROW, message: ' Hello\n' }, 'sent'],
    ['whose recipient names no country', { ...ROW, to: '(202) 555-0123' }, 'unknown'],
    ['whose recipient is masked', { ...ROW, to: '+1202***0123' }, 'unknown'],
    ['without recipient', { from: US, message: 'Hello', timestamp: NOW + 20 }, 'unknown'],
    ['from another number', { ...ROW, from: '+14155550199' }, 'unknown'],
    ['cut short', { ...ROW, message: 'Hel…' }, 'unknown'],
    ['with words added', { ...ROW, message: 'Hello. Reply STOP to opt out' }, 'unknown'],
    ['without its words', { from: US, to: TO, timestamp: NOW + 20 }, 'unknown'],
    ['of which nothing can be read', {}, 'unknown'],
    ['without a time', { from: US, to: TO, message: 'Hello' }, 'unknown'],
    ['in whole seconds of the same second', { ...ROW, timestamp: NOW - 340 }, 'unknown'],
    ['in whole seconds, as far back as the clocks differ', { ...ROW, timestamp: NOW - 3_340 }, 'unknown'],
    ['in whole seconds, further back', { ...ROW, timestamp: NOW - 4_340 }, 'not sent'],
    ['in whole minutes of the same minute', { ...ROW, timestamp: NOW - 5_340 }, 'unknown'],
    ['in whole minutes of an earlier one', { ...ROW, timestamp: NOW - 5_340 - 9 * MINUTE_MS }, 'not sent'],
    ['in whole days in a zone of the west', { ...ROW, timestamp: Date.UTC(2026, 10, 30, 8) }, 'unknown'],
    ['that is older', { ...ROW, timestamp: NOW - 3_001 }, 'not sent'],
    [
      "older by less than the clocks of the vendor's machines differ",
      { ...ROW, timestamp: NOW - 3_000 },
      'unknown',
    ],
    ['that is of an earlier lease', { ...ROW, timestamp: NOW - 61 * MINUTE_MS }, 'not sent'],
    ['with words that no text of ours has', { ...ROW, message: 'Goodbye' }, 'unknown'],
    ['to somebody else', { ...ROW, to: '+12025550199' }, 'not sent'],
    ['that is a reply', { from: TO, to: US, message: 'Hello', timestamp: NOW + 20 }, 'not sent'],
  ])('%s', (_, row, verdict) => {
    expect(judge([row])).toBe(verdict);
  });
});

describe('texts of this lease explain rows one for one', () => {
  test.each<[string, VendorRow[], Others, 'sent' | 'not sent' | 'unknown']>([
    ['one sent, one row', [ROW], { sent: ['Hello'] }, 'not sent'],
    ['one sent, two rows', [ROW, { ...ROW, timestamp: NOW + 90 }], { sent: ['Hello'] }, 'sent'],
    ['one sent, the same row twice', [ROW, ROW], { sent: ['Hello'] }, 'unknown'],
    ['two sent, one row', [ROW], { sent: ['Hello', 'Hello'] }, 'unknown'],
    ['one of which nothing is known, one row', [ROW], { unknown: ['Hello'] }, 'unknown'],
    ['another one sent, one row', [ROW], { sent: ['Hello you'] }, 'sent'],
    ['another one sent, its row', [{ ...ROW, message: 'Hello you' }], { sent: ['Hello you'] }, 'not sent'],
    [
      'another one sent, two rows of it',
      Array(2).fill({ ...ROW, message: 'Hello you' }),
      { sent: ['Hello you'] },
      'unknown',
    ],
    [
      'another one of which nothing is known, its row',
      [{ ...ROW, message: 'Hello you' }],
      { unknown: ['Hello you'] },
      'not sent',
    ],
    ['another one that waits, its row', [{ ...ROW, message: 'Bye' }], { queued: ['Bye'] }, 'not sent'],
    ['the same one that waits, one row', [ROW], { queued: ['Hello'] }, 'sent'],
    ['of which some are forgotten, one row', [ROW], { areForgotten: true }, 'unknown'],
    ['no row on a full page', [], { isFull: true }, 'unknown'],
    ['no row', [], {}, 'not sent'],
  ])('%s', (_, rows, others, verdict) => {
    expect(judge(rows, others)).toBe(verdict);
  });
});
