/** A process that plays the seeds which it is told to, one after the other; `pool.ts` starts it. */
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { failingTaskOf, tellsOfLostTask } from './lost-tasks.js';
import { brokenDown, Fleet, type SeedOptions, type SeedReport } from './fleet.js';
import { realPlace, timeSkippingPlace, type Place } from './places.js';
import { SHOWS, type ShowName } from './shows.js';
import { Stage } from './stage.js';

/** The server keeps every history of its life in memory. */
const SEEDS_A_SERVER = 100;

export type Order = SeedOptions & {
  show: ShowName;
  /** Of a server to play on in real time, instead of a time-skipping one. */
  address?: string;
};

/** What a performer tells: how a seed came out, or why there is no report and its server can be used no more. */
export type Told = SeedReport | 'spoilt' | FailingTask;
/** A run whose workflow task fails each time it is tried: the seed would hang. */
export interface FailingTask {
  failing: string;
}

const errors = new DefaultLogger('ERROR');
const logger = new DefaultLogger('WARN', (entry) => {
  const failing = mayBeSpoilt ? failingTaskOf(entry) : undefined;
  if (failing !== undefined) tell({ failing });
  if (mayBeSpoilt && tellsOfLostTask(entry)) tell('spoilt');
  else errors.log(entry.level, entry.message, entry.meta);
});
Runtime.install({
  logger,
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'WARN' }), forward: {} } },
});

/** A real server that refuses a task has a reason. */
let mayBeSpoilt = true;
const tell = (told: Told): void => void process.send?.(told);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

let opened: (Awaited<ReturnType<typeof Stage.open>> & { show: ShowName }) | undefined;
let played = 0;

/** A seed that breaks down is a violation too, and what it left open must not meet the next seed. */
async function perform({ show: name, address, ...options }: Order): Promise<SeedReport> {
  const show = SHOWS[name];
  mayBeSpoilt = address === undefined;
  // One account belongs to one namespace, and a real server remembers the runs of the seed before.
  if (played === SEEDS_A_SERVER || opened?.show !== name || address !== undefined) await leave();
  try {
    opened ??= { ...(await Stage.open(show.cast(), await place(address))), show: name };
    played += 1;
    const report = await Fleet.run(opened.stage, show, options);
    if (report.violations.length > 0) await leave();
    return report;
  } catch (error) {
    await leave().catch(() => undefined);
    return brokenDown(options.seed, error instanceof Error ? error.message : String(error));
  }
}

function place(address: string | undefined): Promise<Place> {
  return address === undefined ? timeSkippingPlace(say) : realPlace(address);
}

async function leave(): Promise<void> {
  await opened?.close();
  opened = undefined;
  played = 0;
}

process.on('message', (order: Order | 'report') => {
  if (order === 'report')
    for (const line of [Fleet.doing, ...(opened?.stage.busyWith() ?? [])]) say(`still at ${line}`);
  else void perform(order).then(tell);
});
/** Its group holds the server too, which would outlive this process otherwise. */
process.on('disconnect', () => process.kill(-process.pid, 'SIGKILL'));
