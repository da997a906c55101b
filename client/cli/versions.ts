import { InvalidArgumentError, type Command } from 'commander';
import type { VersionSeen } from '../deployment.js';
import { command, inTerminal, parseNumber, withTemporal, type TemporalOptions } from './command.js';
import { findPlace, withDeployment } from './session.js';
import { instant, table } from './tables.js';
import type { Io } from './terminal.js';
import { WrongUse } from './wrong-use.js';

interface VersionsOptions extends TemporalOptions {
  use?: string;
  ramp?: string;
  percent?: number;
}

export function versionsCommand(io: Io): Command {
  return withTemporal(command('versions', 'show the versions of the workers, and which one gets the work'))
    .option('--use <build id>', 'give all work to this version: new runs, and open ones with their next task')
    .option('--ramp <build id>', 'give a share of the work to this version; needs --percent')
    .option('--percent <0 to 100>', 'how large a share; 0 ends it', parsePercent)
    .action((options: VersionsOptions) => versions(io, options));
}

function parsePercent(text: string): number {
  const value = parseNumber(text);
  if (value < 0 || value > 100) throw new InvalidArgumentError('It must be a number from 0 to 100.');
  return value;
}

function versions(io: Io, options: VersionsOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const { use, ramp, percent } = options;
    if (use !== undefined && ramp !== undefined) throw new WrongUse('give one of --use and --ramp');
    if ((ramp === undefined) !== (percent === undefined))
      throw new WrongUse('--ramp and --percent belong together');
    const place = await findPlace(io, terminal, options);
    await withDeployment(place, async (deployment) => {
      if (use !== undefined) await deployment.use(use);
      if (ramp !== undefined && percent !== undefined) await deployment.ramp(ramp, percent);
      const seen = await deployment.versions();
      terminal.answer(seen, () => inWords(seen));
    });
  });
}

function inWords(seen: VersionSeen[]): string {
  const rows = seen.map(({ buildId, state, percentage, createdAt, openRuns }) => [
    buildId,
    percentage === undefined ? state : `${state}, ${percentage} %`,
    String(openRuns),
    instant(createdAt),
  ]);
  return table(['Build', 'State', 'Open runs', 'First seen'], rows);
}
