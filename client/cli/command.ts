import { Command, InvalidArgumentError, Option } from 'commander';
import { DURATION_HINT, parseDuration } from '../../domain/duration.js';
import { labelsProblem, type Labels } from '../../domain/labels.js';
import { Terminal, type Io } from './terminal.js';

export interface CommonOptions {
  json?: boolean;
}

/** Options of every command that talks to Temporal. */
export interface TemporalOptions extends CommonOptions {
  temporalFromEnv?: boolean;
  uiUrl?: string;
}

export interface SpendingOptions extends TemporalOptions {
  live?: boolean;
}

/** A command with what all commands have. */
export function command(name: string, summary: string): Command {
  return new Command(name)
    .summary(summary)
    .description(summary)
    .option('--json', 'print JSON, for programs')
    .allowExcessArguments(false);
}

export function withTemporal(target: Command): Command {
  return target
    .option('--temporal-from-env', 'use the Temporal that TEMPORAL_* names, also while an embedded one runs')
    .option(
      '--ui-url <url>',
      "base URL of the Temporal UI, for links (default: TEMPORAL_UI_URL, or the embedded one's)",
    );
}

export function withLive(target: Command): Command {
  return target.option('--live', 'talk to the real Contiguity API, which spends money');
}

/** Runs a command's work with a terminal that is left in order. */
export async function inTerminal(
  io: Io,
  options: CommonOptions,
  work: (terminal: Terminal) => Promise<void>,
): Promise<void> {
  const terminal = new Terminal(io, options.json ?? false);
  try {
    await work(terminal);
  } finally {
    terminal.quiet();
  }
}

export function parseNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.');
  return value;
}

export function parseCount(text: string): number {
  const value = parseNumber(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number from 1.');
  return value;
}

export function parsePort(text: string): number {
  const value = parseNumber(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535) {
    throw new InvalidArgumentError('It must be a port from 0 (any free one) to 65535.');
  }
  return value;
}

/** Milliseconds. */
export function parseTime(text: string): number {
  const value = parseDuration(text);
  if (value === undefined) throw new InvalidArgumentError(`It must be ${DURATION_HINT}.`);
  return value;
}

/** An option that may be given again and again. */
export function listOption(flags: string, description: string): Option {
  return new Option(flags, `${description}; may be given again`).argParser(
    (value: string, before?: string[]) => [...(before ?? []), value],
  );
}

/** `--label tenant=acme`, again and again: an object of them. */
export function labelOption(description: string): Option {
  const add = (entry: string, before: Labels = {}): Labels => {
    const at = entry.indexOf('=');
    if (at < 1) throw new InvalidArgumentError('It must be key=value, such as tenant=acme.');
    const label = { [entry.slice(0, at)]: entry.slice(at + 1) };
    const problem = labelsProblem(label);
    if (problem) throw new InvalidArgumentError(`It ${problem.must}.`);
    return { ...before, ...label };
  };
  return new Option('--label <key=value>', `${description}; may be given again`).argParser(add);
}
