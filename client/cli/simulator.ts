import { Option, type Command } from 'commander';
import {
  clockSkewMs,
  FAULT_PROFILES,
  seededFaults,
  type FaultProfile,
} from '../../simulator/fault-profiles.js';
import type { Lag } from '../../simulator/index.js';
import {
  command,
  inTerminal,
  parseCount,
  parseNumber,
  parsePort,
  parseTime,
  type CommonOptions,
} from './command.js';
import { LAG_HINT, parseLag } from './lag.js';
import type { Io } from './terminal.js';
import { untilTold } from './until-told.js';

interface SimulatorOptions extends CommonOptions {
  port: number;
  host?: string;
  state?: string;
  seed?: number;
  apiKey?: string;
  size?: number;
  latency?: number;
  rate?: number;
  termination?: Lag;
  faults: FaultProfile;
  slow: number;
  clockSkew?: number;
}

const FAULTS = new Option('--faults <profile>', 'how much goes wrong, drawn from the seed')
  .choices(Object.keys(FAULT_PROFILES))
  .default('none');

const SLOW = new Option('--slow <time>', 'how long a call takes that a fault slows down')
  .argParser(parseTime)
  .default(2_000, '2s');

export function simulatorCommand(io: Io): Command {
  return command('simulator', 'run a stand-in for the Contiguity API until Ctrl-C')
    .option('--port <port>', '0 takes any free one', parsePort, 4010)
    .option('--host <host>', 'address to listen at; its control routes need no key')
    .option('--state <file>', 'keep its state in this file')
    .option('--seed <number>', 'the inventory and every draw depend on it', parseNumber)
    .option('--api-key <key>', 'the key that it accepts')
    .option('--size <count>', 'numbers in its inventory', parseCount)
    .option('--latency <milliseconds>', 'before each answer', parseNumber)
    .option('--rate <calls>', 'calls a second that it takes; the rest answers 429', parseNumber)
    .option('--termination <time>', LAG_HINT, parseLag)
    .addOption(FAULTS)
    .addOption(SLOW)
    .option('--clock-skew <time>', 'how far its clock is ahead, or behind: "-5m"', parseSkew)
    .action((options: SimulatorOptions) => simulate(io, options));
}

function simulate(io: Io, options: SimulatorOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const stopping = untilTold();
    const { startSimulator } = await import('../../simulator/index.js');
    const simulator = await startSimulator(settings(options));
    const { url, apiKey } = simulator;
    terminal.answer(
      { url, apiKey },
      () =>
        `The simulated API serves at ${url} for the key ${apiKey}.\nIts ledger: ${url}/simulator/ledger\nCtrl-C ends it.`,
    );
    await stopping.told;
    await simulator.close();
  });
}

function settings(options: SimulatorOptions) {
  const { port, host, state, seed, apiKey, size, latency, rate, termination } = options;
  return {
    port,
    ...faultsOf(options),
    ...(host !== undefined && { host }),
    ...(state !== undefined && { stateFile: state }),
    ...(seed !== undefined && { seed }),
    ...(apiKey !== undefined && { apiKey }),
    ...(size !== undefined && { inventorySize: size }),
    ...(rate !== undefined && { rate }),
    ...(latency !== undefined && { latencyMs: latency }),
    ...(termination !== undefined && { termination }),
  };
}

function faultsOf({ faults, seed = 1, slow: slowMs, clockSkew }: SimulatorOptions) {
  return {
    clockSkewMs: clockSkew ?? clockSkewMs(seed, faults),
    ...(faults !== 'none' && { faults: seededFaults(seed, faults, { slowMs }) }),
  };
}

function parseSkew(text: string): number {
  return text.startsWith('-') ? -parseTime(text.slice(1)) : parseTime(text);
}
