import { verifyWebhookSignature } from 'contiguity';
import { describe, expect, test } from 'vitest';
import { readEvent } from '../../gateway/webhooks/events.js';
import { keywordOf } from '../../gateway/webhooks/keywords.js';
import { isSigned, sign } from '../../contiguity/webhook-signature.js';

const BODY = Buffer.from('{"id":"evt_1","text":"Grüße"}');
const NOW = 1_800_000_000_000;
const AT = NOW / 1_000;

const header = (secret: string, at = AT, body: Buffer = BODY) =>
  `t=${at},v1=${sign(secret, at, body).toString('hex')}`;

describe('a signature', () => {
  test('is what the vendor’s own SDK takes for one', () => {
    expect(verifyWebhookSignature(BODY, header('secret'), 'secret')).toBe(true);
    expect(isSigned(header('secret'), BODY, ['secret'], NOW)).toBe(true);
  });

  test('by either of two secrets is right while one takes the other’s place', () => {
    for (const secret of ['old', 'new'])
      expect(isSigned(header(secret), BODY, ['new', 'old'], NOW)).toBe(true);
    expect(isSigned(header('older'), BODY, ['new', 'old'], NOW)).toBe(false);
  });

  test.each([
    ['missing', undefined],
    ['empty', ''],
    ['of another body', header('secret', AT, Buffer.from('{}'))],
    ['of another secret', header('other')],
    ['six minutes old', header('secret', AT - 360)],
    ['six minutes ahead', header('secret', AT + 360)],
    ['with another time than was signed', header('secret').replace(`t=${AT}`, `t=${AT - 1}`)],
    ['cut short', header('secret').slice(0, -2)],
    ['without a time', header('secret').replace(/^t=\d+,/, '')],
    ['in capitals', header('secret').toUpperCase()],
  ])('that is %s is none', (_, given) => {
    expect(isSigned(given, BODY, ['secret'], NOW)).toBe(false);
  });

  test('is not right by no secret at all', () => {
    expect(isSigned(header('secret'), BODY, [], NOW)).toBe(false);
    expect(isSigned(header(''), BODY, [], NOW)).toBe(false);
  });
});

describe('an event', () => {
  const event = (type: string, data: object, over: object = {}) =>
    readEvent(
      Buffer.from(JSON.stringify({ id: 'evt_1', type, timestamp: AT, api_version: 'v2', data, ...over })),
    );

  test('gives its times in milliseconds, however the vendor wrote them', () => {
    const data = { from: '+12025550123', to: '+14155550123', body: 'Hi', timestamp: NOW };
    expect(event('text.incoming.sms', data)).toMatchObject({ kind: 'text', at: NOW });
    expect(event('text.incoming.sms', { ...data, timestamp: AT })).toMatchObject({ kind: 'text', at: NOW });
  });

  test.each([
    ['a string of ISO 8601', new Date(NOW).toISOString(), NOW],
    ['a number in a string', String(AT), NOW],
    ['null', null, NOW - 60_000],
    ['no time at all', 'yesterday', NOW - 60_000],
  ])('whose text has as its time %s is taken', (_, timestamp, at) => {
    const data = { from: '+12025550123', to: '+14155550123', body: 'Hi', timestamp };
    const envelope = { timestamp: NOW - 60_000 };
    expect(event('text.incoming.sms', data, envelope)).toMatchObject({ kind: 'text', at, isTimed: true });
  });

  test('without any time has that of its signature, as an upper bound', () => {
    const json = { id: 'evt_1', type: 'imessage.incoming', timestamp: null };
    const data = { from: '12025550123', to: '+1 (415) 555-0123', body: null };
    expect(readEvent(Buffer.from(JSON.stringify({ ...json, data })), NOW)).toEqual({
      kind: 'text',
      id: 'evt_1',
      at: NOW,
      numbers: ['+14155550123'],
      from: '12025550123',
      body: '',
      attachments: [],
      isTimed: false,
    });
  });

  test('of the old format is a text', () => {
    const crumbs = {
      from: '+12025550123',
      to: '14155550123',
      message: 'Hi',
      timestamp: AT,
      type: 'whatsapp',
    };
    const body = Buffer.from(JSON.stringify({ message: 'Incoming message received', crumbs }));
    expect(readEvent(body)).toMatchObject({ kind: 'text', numbers: ['+14155550123'], body: 'Hi', at: NOW });
  });

  test('hands on the attachments that can be read', () => {
    const picture = { url: 'https://api.contiguity.com/a.jpg', mime: 'image/jpeg', filename: 'a.jpg' };
    const attachments = [picture, 'https://api.contiguity.com/b.png', { url: 'nowhere' }, null];
    const data = { from: '+12025550123', to: '+14155550123', attachments };
    expect(event('text.incoming.mms', data)).toMatchObject({
      body: '',
      attachments: [picture, { url: 'https://api.contiguity.com/b.png' }],
    });
  });

  test.each([
    ['no JSON', readEvent(Buffer.from('{')), 'body'],
    ['a list', readEvent(Buffer.from('[]')), 'body'],
    ['without an id', event('x', {}, { id: undefined }), 'id'],
    [
      'a delivery of nothing',
      event('text.delivery.confirmed', { from: '+14155550123', to: 'x' }),
      'data.message_id',
    ],
    [
      'a delivery from no number',
      event('text.delivery.failed', { from: 'x', to: 'x', message_id: 'm' }),
      'data.from',
    ],
    [
      'a substitution by nothing',
      event('numbers.substitution', { original_number: '+14155550123' }),
      'data.used_number',
    ],
  ])('that is %s names the field', (_, read, field) => {
    expect(read).toMatchObject({ field });
  });

  test('of a kind that is not known is nothing to stumble over', () => {
    expect(event('email.incoming', { anything: 1 })).toMatchObject({ kind: 'other', type: 'email.incoming' });
  });
});

test.each([
  ['STOP', 'stop'],
  [' Stop. ', 'stop'],
  ['“UNSUBSCRIBE”', 'stop'],
  ['opt-out', 'stop'],
  ['Start', 'start'],
  ['UNSTOP!', 'start'],
  ['ARRÊT', 'stop'],
  ['ARRE\u0302T', 'stop'],
  ['arret!', 'stop'],
  ['ＳＴＯＰ', 'stop'],
  ['S\u200BTOP\uFEFF', 'stop'],
  ['«Stop»', 'stop'],
  ['🛑 STOP 🛑', 'stop'],
  ['🛑', 'stop'],
  ['S.T.O.P', 'stop'],
  ['STOP STOP', 'stop'],
  ['Please stop!!!', 'stop'],
  ['👍', undefined],
  ['yes please', undefined],
  ['please start', undefined],
  ['please stop it', undefined],
  ['stopped', undefined],
  ['', undefined],
])('the text %j means %s', (text, meant) => {
  expect(keywordOf(text)).toBe(meant);
});
