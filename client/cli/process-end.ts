/** As a shell tells of a program that SIGPIPE ended. */
const READER_GONE = 141;

const STREAMS = [process.stdout, process.stderr];

/** A reader that has enough, as `head`, ends the command without a word. */
export function endWithReader(): void {
  for (const stream of STREAMS) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      process.exit(READER_GONE);
    });
  }
}

/** Ends the process once its words are out; what is still under way, as a wait for a run that goes on, does not hold it. */
export async function endProcess(code: number): Promise<never> {
  await Promise.all(STREAMS.map((stream) => new Promise((resolve) => stream.write('', resolve))));
  process.exit(code);
}
