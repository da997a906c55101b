/** The audit of histories as they were recorded for the replay tier, without a server. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { describe, expect, it } from 'vitest';
import { queryOf } from '../../client/audit/audit.js';
import { costOf } from '../../client/audit/cost.js';
import { EventReader } from '../../client/audit/events.js';
import { LeaseStory } from '../../client/audit/lease-story.js';
import { RequestStory } from '../../client/audit/request-story.js';
import { hashOf, TextStory } from '../../client/audit/texts.js';
import { monthsBegun } from '../../domain/billing-months.js';
import { ROOT } from '../../embedded/project.js';

const HISTORIES = join(ROOT, 'test', 'replay', 'histories', '0.1.0');
const decode = (payloads: readonly Payload[]) =>
  Promise.resolve(payloads.map((payload) => defaultPayloadConverter.fromPayload<unknown>(payload)));

async function tell<Story extends LeaseStory | RequestStory>(
  story: Story,
  ...names: string[]
): Promise<Story> {
  for (const name of names) {
    const bytes = await readFile(join(HISTORIES, `${name}.binpb`));
    const reader = new EventReader(decode);
    for (const event of temporal.api.history.v1.History.decode(bytes).events) {
      const fact = await reader.read(event);
      if (fact) story.add(fact);
    }
  }
  return story;
}

const NOW = Date.parse('2027-01-01T00:00:00Z');
const leaseOf = async (...names: string[]) => (await tell(new LeaseStory(), ...names)).record(NOW);
const requestOf = async (name: string) => (await tell(new RequestStory('run'), name)).request;

describe('the life of a lease', () => {
  it('is told from its request to the proof of its release', async () => {
    const record = await leaseOf('one-shot.manageLease');
    expect(record).toMatchObject({
      state: 'released',
      reason: 'all messages are sent',
      release: { by: 'us' },
    });
    expect(record.release?.provenBy).toMatch(/@/);
    expect(record.leaseId).toMatch(/^lsd_/);
    expect(Date.parse(record.release!.provenAt)).toBeGreaterThan(Date.parse(record.terminatedAt!));
    expect(record.texts.map(({ outcome }) => outcome)).toEqual(['sent']);
    expect(record.texts[0]).toMatchObject({
      id: 'm1',
      messageId: expect.stringMatching(/^text_/) as string,
      calls: [{ outcome: 'sent' }],
    });
    const [upfront, month, ...more] = record.cost.parts;
    expect([upfront?.what, month?.what, more]).toEqual(['upfront', 'month', []]);
    expect(record.cost.total).toBeCloseTo(upfront!.amount! + month!.amount!);
  });

  it('tells who asked for what', async () => {
    const record = await leaseOf('extended-then-expired.manageLease');
    expect(record.reason).toBe('expired');
    expect(record.changes[0]).toMatchObject({ what: 'extend', by: expect.stringMatching(/@/) as string });
    expect(Object.keys(record.changes[0]!.asked)).toEqual(['term']);
    expect((await leaseOf('cancelled-lease.manageLease')).changes).toMatchObject([{ what: 'cancel' }]);
  });

  it('goes on over continued runs, and over ones that are not kept', async () => {
    const names = ['', '-2', '-3', '-4'].map((run) => `continued-as-new.manageLease${run}`);
    const whole = await leaseOf(...names);
    const rest = await leaseOf(...names.slice(1));
    expect(whole.leaseId).toMatch(/^lsd_/);
    for (const fact of ['leaseId', 'leasedAt', 'state', 'cost'] as const)
      expect(rest[fact]).toEqual(whole[fact]);
    expect(rest.texts.map(({ id, outcome }) => [id, outcome])).toEqual(
      whole.texts.map(({ id, outcome }) => [id, outcome]),
    );
  });

  it.each([
    ['send-answer-lost', 'sent', ['lost']],
    ['send-call-lost', 'sent', ['lost', 'sent']],
    ['send-unknown', 'unknown', ['lost']],
  ])('settles the text of %s as %s', async (name, outcome, calls) => {
    const { texts } = await leaseOf(`${name}.manageLease`);
    expect(texts[0]).toMatchObject({ outcome });
    expect(texts[0]!.calls.map((call) => call.outcome)).toEqual(calls);
  });

  it('costs nothing where nothing was leased', async () => {
    const record = await leaseOf('restricted.manageLease');
    expect(record).toMatchObject({ state: 'not leased', leaseId: null, cost: { total: 0, parts: [] } });
  });

  it('counts months to now while the lease is open', async () => {
    const { cost, state } = await leaseOf('active-until-told.manageLease');
    const months = cost.parts.filter(({ what }) => what === 'month');
    expect(state).toBe('open');
    expect(months.at(-1)!.at < new Date(NOW).toISOString()).toBe(true);
    expect(months).toHaveLength(monthsBegun(Date.parse(months[0]!.at), NOW).length);
  });

  it.each(['one-shot', 'continued-as-new', 'send-unknown', 'paced', 'send-limited-then-refused', 'active'])(
    'of %s never shows a recipient or a text',
    async (name) => {
      const story = await tell(new LeaseStory(), `${name}.manageLease`);
      const told = JSON.stringify(story.record(NOW));
      expect(story.input!.messages.length + told.length).toBeGreaterThan(0);
      for (const { to, message } of story.input!.messages) {
        expect(told).not.toContain(to);
        expect(told).not.toContain(message);
      }
    },
  );
});

describe('what was decided', () => {
  it('is each candidate and why it was refused', async () => {
    const { candidates, by } = await requestOf('refused-then-leased.provisionLease');
    expect(by).toMatch(/@/);
    expect(candidates.map(({ outcome }) => outcome)).toEqual(['refused', 'leased']);
    expect(candidates[0]!.failure?.type).toBe('NumberUnavailable');
    expect(candidates[1]!.price?.currency).toBe('USD');
  });

  it('is why a request failed', async () => {
    expect(await requestOf('failed-invalid.provisionLease')).toMatchObject({
      failure: { type: 'InvalidRequest' },
    });
    expect(await requestOf('cancelled-provision.provisionLease')).toMatchObject({
      failure: { type: 'Cancelled' },
    });
  });
});

describe('costOf', () => {
  const price = { currency: 'USD', upfrontFee: 1.1, monthlyRate: 2.2 };
  const start = Date.parse('2026-01-31T12:00:00Z');
  const until = (end: string) => costOf([{ leaseId: 'l', start, price }], Date.parse(end));

  it('counts calendar months from the day the lease began, the short ones to their last day', () => {
    expect(until('2026-01-31T12:00:01Z')).toMatchObject({ total: 3.3, currency: 'USD' });
    expect(until('2026-02-28T12:00:00Z').total).toBe(3.3);
    expect(until('2026-02-28T12:00:01Z').total).toBe(5.5);
    const due = until('2026-04-01T00:00:00Z').parts.map(({ at }) => at.slice(0, 10));
    expect(due).toEqual(['2026-01-31', '2026-01-31', '2026-02-28', '2026-03-31']);
  });

  it('does not add up what is not known, or of two currencies', () => {
    expect(costOf([{ leaseId: 'l', start }], start)).toMatchObject({ currency: null, total: null });
    const euros = { leaseId: 'm', start, price: { ...price, currency: 'EUR' } };
    expect(costOf([{ leaseId: 'l', start, price }, euros], start).total).toBeNull();
    expect(costOf([], start)).toEqual({ currency: null, total: 0, parts: [] });
  });
});

it('a lease of very many texts is told in bounded memory', () => {
  const story = new TextStory();
  for (let at = 0; at < 10_005; at += 1)
    story.asked({ id: `m${at}`, to: '+12025550123', message: 'x' }, 'me');
  expect([story.all.length, story.leftOut, story.all[0]!.id]).toEqual([10_000, 5, 'm5']);
  expect(story.all[0]!.hash).toBe(hashOf('+12025550123', 'x'));
});

describe('queryOf', () => {
  it('asks for one number, one reference, a label, or what was open since', () => {
    expect(queryOf({ number: '+14155550123' })).toContain("WorkflowId = 'lease/+14155550123'");
    expect(queryOf({ reference: 'r', labels: { a: 'b' } })).toMatch(
      /LeaseReference = 'r' AND LeaseLabels = 'a=b'/,
    );
    expect(queryOf({ since: '2026-01-01' })).toContain("CloseTime >= '2026-01-01T00:00:00.000Z'");
    expect(() => queryOf({ since: 'soon' })).toThrow(/since must be a day/);
  });
});
