import type { Command } from 'commander';
import pc from 'picocolors';
import { command, inTerminal, withTemporal, type TemporalOptions } from './command.js';
import { checkApi } from './doctor-api.js';
import { checkTemporal, type Check } from './doctor-temporal.js';
import { findPlace } from './session.js';
import type { Io } from './terminal.js';
import { Unwell } from './wrong-use.js';

interface DoctorOptions extends TemporalOptions {
  fix?: boolean;
}

export function doctorCommand(io: Io): Command {
  return withTemporal(command('doctor', 'say what is reachable, what the key may do and what is missing'))
    .option('--fix', 'create the search attributes that are missing; one of a wrong type is only reported')
    .action((options: DoctorOptions) => doctor(io, options));
}

function doctor(io: Io, options: DoctorOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const place = await findPlace(io, terminal, options);
    terminal.progress('Looking');
    const [temporal, api] = await Promise.all([checkTemporal(place, options.fix ?? false), checkApi(place)]);
    const checks = [...temporal, ...api];
    const well = checks.every(({ result }) => result !== 'wrong');
    terminal.answer({ well, checks }, () => checks.map(inWords).join('\n'));
    if (!well) throw new Unwell(checks.filter(({ result }) => result === 'wrong').length);
  });
}

function inWords({ what, result, text, hint }: Check): string {
  const mark = { ok: pc.green('ok   '), wrong: pc.red('wrong'), note: pc.yellow('note ') }[result];
  return `${mark}  ${what}: ${text}${hint === undefined ? '' : ` (${hint})`}`;
}
