/** The child's side of `Helper`: answers one request after the other, side by side, and ends with its parent. */

export interface Request {
  id: number;
  op: string;
  arg: unknown;
}

export type Reply = { id: number; value: unknown } | { id: number; error: string };

/** What this process has used so far, all its threads together. */
export interface Usage {
  /** Milliseconds. */
  cpuMs: number;
  /** Resident now. */
  rssMiB: number;
  peakMiB: number;
}

type Operation = (arg: never) => unknown;

/** Answers the parent by these operations, and by `usage`. `ready` is the first thing that the parent hears. */
export function serve(ready: unknown, operations: Record<string, Operation>): void {
  const known: Record<string, Operation> = { usage, ...operations };
  const send = (reply: Reply) => process.send?.(reply);
  process.on('message', (request: Request) => void answer(request, known[request.op]).then(send));
  process.on('disconnect', () => process.exit());
  send({ id: 0, value: ready });
}

async function answer({ id, op, arg }: Request, operation: Operation | undefined): Promise<Reply> {
  try {
    if (!operation) throw new Error(`there is no operation ${op}`);
    return { id, value: await operation(arg as never) };
  } catch (error) {
    return { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}

function usage(): Usage {
  const { user, system } = process.cpuUsage();
  return {
    cpuMs: (user + system) / 1_000,
    rssMiB: process.memoryUsage.rss() / 1_024 ** 2,
    peakMiB: process.resourceUsage().maxRSS / 1_024,
  };
}

/** What the parent started this process with. */
export function config(): unknown {
  return JSON.parse(process.argv[2] ?? '{}');
}
