import { startSimulator, type SimulatorOptions } from '../../simulator/index.js';
import { config, serve } from './serve.js';

export interface SimulatorReady {
  url: string;
  apiKey: string;
}

const simulator = await startSimulator(config() as SimulatorOptions);
const { url, apiKey, controls } = simulator;
serve({ url, apiKey } satisfies SimulatorReady, {
  /** Calls of every route so far. */
  calls: () => Object.values(controls.calls()).reduce((total, count) => total + count, 0),
  /** Leases that are open. */
  open: async () => (await controls.ledger()).open.length,
});
