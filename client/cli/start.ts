import type { Command } from 'commander';
import { E164_HINT, isPhoneNumber } from '../../domain/phone-number.js';
import { connectToTemporal } from '../connection.js';
import { Leasehold } from '../leasehold.js';
import { command, inTerminal, withLive, withTemporal, type SpendingOptions } from './command.js';
import type { Stage } from './stage.js';
import type { Io, Terminal } from './terminal.js';
import { untilTold } from './until-told.js';
import { WrongUse } from './wrong-use.js';

interface StartOptions extends SpendingOptions {
  once?: boolean;
  fresh?: boolean;
  to?: string;
}

/** A number of the range that is kept for fiction. */
const FICTIONAL = '+12025550123';

export function startCommand(io: Io): Command {
  const summary = "show one number's whole life, then keep everything running until Ctrl-C";
  return withLive(withTemporal(command('start', summary)))
    .option('--once', 'end when that life is over')
    .option('--fresh', 'forget the state of last time')
    .option('--to <E.164>', 'recipient of the text that it sends; with --live you must name one')
    .action((options: StartOptions) => start(io, options));
}

function start(io: Io, options: StartOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const to = recipient(options);
    const stopping = untilTold();
    const stage = await openStage(io, terminal, options);
    try {
      const life = showLife(terminal, stage, options, to);
      life.catch(() => undefined); // told by the race, unless a signal came first
      await Promise.race([life, stopping.told, stage.broken]);
      if (options.once && stopping.isTold()) throw new Error('stopped before that life was over');
      if (options.once || stopping.isTold()) return;
      terminal.note(
        'Everything stays up until Ctrl-C. Try `npm run -s leasehold -- --help` in another terminal.',
      );
      await Promise.race([stopping.told, stage.broken]);
    } finally {
      if (stopping.isTold()) terminal.note('Stopping. Open leases carry on at the next start.');
      await stage.stop();
      stopping.release();
    }
  });
}

/** A real lease needs a real recipient, and a Temporal whose state no `--fresh` throws away. */
function recipient({ live, temporalFromEnv, to = live ? undefined : FICTIONAL }: StartOptions): string {
  if (live && !temporalFromEnv) {
    throw new WrongUse(
      'a real lease needs a Temporal that keeps its state: give --temporal-from-env with --live and set TEMPORAL_ADDRESS',
    );
  }
  if (to === undefined) throw new WrongUse('with --live a real text is sent: name its recipient with --to');
  if (!isPhoneNumber(to)) throw new WrongUse(`--to must be ${E164_HINT}, got ${JSON.stringify(to)}`);
  return to;
}

async function openStage(io: Io, terminal: Terminal, options: StartOptions): Promise<Stage> {
  const { joinStack, openOnOwnTemporal, openStack } = await import('./stage.js');
  if (options.temporalFromEnv) return openOnOwnTemporal(io, terminal, options.live ?? false);
  const running = options.fresh ? undefined : await joinStack(io);
  if (running)
    terminal.note(`(using the stack that runs here: Temporal UI ${running.endpoints?.uiUrl ?? ''})`);
  return running ?? openStack(io, terminal, { fresh: options.fresh ?? false });
}

async function showLife(terminal: Terminal, stage: Stage, options: StartOptions, to: string): Promise<void> {
  const { env } = stage;
  const client = await connectToTemporal({ env });
  const leasehold = new Leasehold(client, options.uiUrl === undefined ? {} : { uiUrl: options.uiUrl }, env);
  try {
    const { uiUrl } = stage.endpoints ?? {};
    if (uiUrl !== undefined) terminal.note(`Temporal UI: ${uiUrl}`);
    await tellEarlierLeases(terminal, leasehold);
    const { demonstrate } = await import('./demo.js');
    const onLeased = (): void => {
      terminal.note(`Usable ${process.uptime().toFixed(1)} seconds after the start.`);
      const pid = stage.workerPid();
      if (pid) terminal.note(`Kill its worker at any moment, it changes nothing but time: kill -9 ${pid}`);
    };
    await demonstrate(terminal, leasehold, { to, onLeased });
  } finally {
    await leasehold.close();
  }
}

async function tellEarlierLeases(terminal: Terminal, leasehold: Leasehold): Promise<void> {
  for await (const { number, reference, state } of leasehold.list({ limit: 20 })) {
    terminal.note(`Carries on: ${number} for ${reference}, ${state}`);
  }
}
