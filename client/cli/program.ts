import { Command, CommanderError } from 'commander';
import { auditCommand } from './audit.js';
import { adoptCommand } from './adopt.js';
import { batchCommand } from './batch.js';
import { devCommand } from './dev.js';
import { doctorCommand } from './doctor.js';
import { extendCommand } from './extend.js';
import { codecCommand } from './codec.js';
import { commandFailure } from './failure.js';
import { findCommand } from './find.js';
import { gatewayCommand } from './gateway.js';
import { limitsCommand } from './limits.js';
import { listCommand } from './list.js';
import { protectCommand } from './protect.js';
import { recoverCommand } from './recover.js';
import { resolveCommand } from './resolve.js';
import { provisionCommand } from './provision.js';
import { reconcileCommand } from './reconcile.js';
import { renewCommand } from './renew.js';
import { replayCommand } from './replay.js';
import { restoreCommand } from './restore.js';
import { sendCommand } from './send.js';
import { showCommand } from './show.js';
import { simulatorCommand } from './simulator.js';
import { startCommand } from './start.js';
import { terminateCommand } from './terminate.js';
import type { Io } from './terminal.js';
import { versionsCommand } from './versions.js';
import { waitCommand } from './wait.js';
import { workerCommand } from './worker.js';

const COMMANDS = [
  startCommand,
  devCommand,
  workerCommand,
  simulatorCommand,
  codecCommand,
  gatewayCommand,
  findCommand,
  provisionCommand,
  batchCommand,
  listCommand,
  showCommand,
  auditCommand,
  sendCommand,
  extendCommand,
  renewCommand,
  protectCommand,
  resolveCommand,
  recoverCommand,
  terminateCommand,
  limitsCommand,
  restoreCommand,
  waitCommand,
  adoptCommand,
  reconcileCommand,
  versionsCommand,
  replayCommand,
  doctorCommand,
];

/** To a person these types say nothing that the message does not. */
const WITHOUT_TYPE = new Set(['WrongUse', 'SetupError', 'Failed', 'Found']);

/** Runs one command line. Gives the exit code: 0 done, 1 failed, 2 wrong use, 3 found something. What went wrong is one line on stderr. */
export async function runCommandLine(args: string[], io: Io): Promise<number> {
  const program = build(io);
  try {
    await program.parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0; // help was asked for
    return told(error, args, io);
  }
}

export function build(io: Io): Command {
  const program = new Command('leasehold')
    .description('Lease phone numbers through the Contiguity API, send from them and give them back')
    .enablePositionalOptions() // what follows a command is the command's
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 2 wrong use or set up wrongly; `reconcile`, `replay`: 3 something was found.',
    );
  for (const make of COMMANDS) program.addCommand(make(io));
  for (const each of [
    program,
    ...program.commands,
    ...program.commands.flatMap(({ commands }) => commands),
  ]) {
    each.exitOverride().configureOutput({ writeOut: io.out, writeErr: io.err, outputError: () => undefined });
  }
  return program;
}

function told(error: unknown, args: string[], io: Io): 1 | 2 | 3 {
  const { exitCode, ...facts } = commandFailure(error);
  if (facts.message === '(outputHelp)') return 2; // no command was given, its help is the answer
  const link = facts.agreementUrl === undefined ? '' : ` (accept the agreement at ${facts.agreementUrl})`;
  const type = WITHOUT_TYPE.has(facts.type) ? '' : ` [${facts.type}]`;
  const words = `leasehold: ${facts.message}${link}${type}`;
  io.err(`${args.includes('--json') ? JSON.stringify({ error: facts }) : words}\n`);
  return exitCode;
}
