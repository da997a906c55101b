import type { Command } from 'commander';
import { TASK_QUEUE } from '../../domain/ids.js';
import type { Replayed } from '../../worker/replay.js';
import type { Deployment } from '../deployment.js';
import { command, inTerminal, withTemporal, type TemporalOptions } from './command.js';
import { findPlace, withDeployment } from './session.js';
import { table } from './tables.js';
import type { Io } from './terminal.js';
import { Found, WrongUse } from './wrong-use.js';

interface Options extends TemporalOptions {
  pin?: string;
  unpin?: boolean;
}

interface Report {
  /** Open runs that were looked at. */
  runs: number;
  /** Those that this build cannot go on with. */
  stuck: Replayed[];
  /** How many runs were pinned, or are not pinned any more. */
  pinned: number;
  unpinned: number;
}

export function replayCommand(io: Io): Command {
  return withTemporal(command('replay', 'say whether this build can go on with every run that is open'))
    .option('--pin <build id>', 'let that version keep the runs that this one cannot go on with')
    .option('--unpin', 'give the runs that this one can go on with to the current version again')
    .action((options: Options) => replay(io, options));
}

function replay(io: Io, options: Options): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    if (options.pin !== undefined && options.unpin) throw new WrongUse('give one of --pin and --unpin');
    const place = await findPlace(io, terminal, options);
    const { env } = place;
    await withDeployment(place, async (deployment, client) => {
      terminal.progress('Replaying the open runs');
      const { buildOf, quiet, replayOpenRuns } = await import('../../worker/replay.js');
      quiet();
      const taskQueue = env.LEASEHOLD_TASK_QUEUE || TASK_QUEUE;
      const { pin, unpin = false } = options;
      const runs = replayOpenRuns(client, { taskQueue, onlyPinned: unpin, ...buildOf(env) });
      const report = await settle(runs, deployment, { pin, unpin });
      terminal.answer(report, () => inWords(report));
      if (report.stuck.length > 0 && pin === undefined)
        throw new Found(`this build cannot go on with ${report.stuck.length} of ${report.runs} open runs`);
    });
  });
}

async function settle(
  runs: AsyncIterable<Replayed>,
  deployment: Deployment,
  { pin, unpin }: { pin: string | undefined; unpin: boolean },
): Promise<Report> {
  const report: Report = { runs: 0, stuck: [], pinned: 0, unpinned: 0 };
  for await (const run of runs) {
    report.runs += 1;
    if (run.problem !== undefined) {
      report.stuck.push(run);
      if (pin === undefined) continue;
      await deployment.pin(run, pin);
      report.pinned += 1;
    } else if (unpin) {
      await deployment.pin(run, undefined);
      report.unpinned += 1;
    }
  }
  return report;
}

function inWords({ runs, stuck, pinned, unpinned }: Report): string {
  const counts = [
    `${runs} open runs replayed, ${stuck.length} cannot go on with this build`,
    ...(pinned > 0 ? [`${pinned} pinned`] : []),
    ...(unpinned > 0 ? [`${unpinned} not pinned any more`] : []),
  ].join('; ');
  if (stuck.length === 0) return counts;
  const rows = stuck.map(({ workflowId, problem = '' }) => [workflowId, problem.split('\n')[0] ?? problem]);
  return `${table(['Run', 'Why not'], rows)}\n${counts}`;
}
