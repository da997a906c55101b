import { setMaxListeners } from 'node:events';
import { startSimulator, type SimulatorOptions } from '../../simulator/index.js';
import { config, serve } from './serve.js';
import { watchTraffic } from './traffic.js';

export interface SimulatorReady {
  url: string;
  apiKey: string;
}

/** What the account holds, and what became of its leases. */
export interface LedgerShown {
  open: { number: string; leaseId: string }[];
  /** `at`: epoch milliseconds. */
  released: { number: string; leaseId: string; at: number }[];
  /** Leases that calls of the API made, and not a hand. */
  leasedByApi: { number: string; leaseId: string }[];
}

setMaxListeners(0); // each call that is under way waits for the end of the simulator as well
const traffic = watchTraffic();
const simulator = await startSimulator(config() as SimulatorOptions);
const { url, apiKey, controls } = simulator;
serve({ url, apiKey } satisfies SimulatorReady, {
  /** Calls of every route so far. */
  calls: () => Object.values(controls.calls()).reduce((total, count) => total + count, 0),
  /** Leases that are open. */
  open: async () => (await controls.ledger()).open.length,
  /** Ids of the new leases, in the order of the numbers. */
  leaseByHand: async (numbers: string[]) => {
    const leaseIds: string[] = [];
    for (const number of numbers) leaseIds.push(await controls.leaseByHand(number));
    return leaseIds;
  },
  /** What came since this was last asked. */
  traffic: () => traffic.take(),
  ledger: async (): Promise<LedgerShown> => {
    const { entries, open } = await controls.ledger();
    return {
      open: open.map(({ number, leaseId }) => ({ number, leaseId })),
      released: entries.flatMap(({ kind, number, leaseId, at }) =>
        kind === 'released' ? [{ number, leaseId, at }] : [],
      ),
      leasedByApi: entries.flatMap((entry) =>
        entry.kind === 'leased' && entry.by === 'us'
          ? [{ number: entry.number, leaseId: entry.leaseId }]
          : [],
      ),
    };
  },
});
