/** Whether texts arrived, and what traces may say. */
const DELIVERIES = 'workflows/deliveries.ts';
const ARRIVED = 'test/all/inprocess/deliveries.test.ts';

export const ON_DELIVERIES_AND_TRACES = [
  {
    name: 'a webhook does not end the asking',
    file: DELIVERIES,
    find: `run.deliveries.forget(messageId);`,
    replace: ``,
    in: ARRIVED,
    test: 'after a webhook nobody is asked',
  },
  {
    name: 'the vendor is asked about every text',
    file: 'workflows/text-doubts.ts',
    find: `if (confirmDelivery) expectDelivery(`,
    replace: `expectDelivery(`,
    in: ARRIVED,
    test: 'a lost report is made good, once, and only for the text that asks for it',
  },
  {
    name: 'an API that is away is asked about every text',
    file: DELIVERIES,
    find: `seen.answered ? messageIds : due`,
    replace: `messageIds`,
    in: ARRIVED,
    test: 'an API that is away at the end ends nothing later',
  },
  {
    name: 'a span says all that it is told',
    file: 'tracing/discreet.ts',
    find: `if (this.allowed.has(key)) `,
    replace: `if (this.allowed.has(key) || key !== '') `,
    in: 'test/unit/tracing.test.ts',
    test: 'a discreet span says what is on the list and nothing else; encrypted: true',
  },
];
