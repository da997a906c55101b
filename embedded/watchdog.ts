/**
 * A process of its own that outlives its parent for a moment: it is told on stdin which processes to look after, and
 * ends them when stdin closes, which happens however the parent died, `kill -9` included.
 * Lines in: `watch <pid>`, `leave <pid>`.
 */
import { createInterface } from 'node:readline';

const KILL_AFTER_MS = 5_000;

/** In the order in which they were started; they are ended the other way round. */
const watched: number[] = [];

// Ctrl-C reaches the whole terminal: the parent ends its children in order, this one only when it is gone.
process
  .on('SIGINT', () => undefined)
  .on('SIGTERM', () => undefined)
  .on('SIGHUP', () => undefined);

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const [verb, pid] = line.split(' ');
    if (verb === 'watch') watched.push(Number(pid));
    else watched.splice(0, watched.length, ...watched.filter((known) => known !== Number(pid)));
  })
  .on('close', () => {
    signalAll('SIGTERM');
    if (watched.some(isAlive)) setTimeout(() => signalAll('SIGKILL'), KILL_AFTER_MS);
  });

function signalAll(signal: NodeJS.Signals): void {
  for (const pid of watched.toReversed()) {
    try {
      process.kill(pid, signal);
    } catch {
      // Ended already.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
