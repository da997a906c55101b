import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { ROOT } from './report.mjs';

/** Runs a program to its end with our stdin, stdout and stderr; gives its exit code. Ctrl-C reaches it by itself. */
export function run(program, args, options = {}) {
  return ended(spawn(program, args, { cwd: ROOT, stdio: 'inherit', ...options }));
}

function ended(child) {
  return new Promise((resolve, reject) => {
    const forward = (signal) => child.kill(signal);
    const wait = () => {};
    process.on('SIGINT', wait).on('SIGTERM', forward);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('SIGINT', wait).off('SIGTERM', forward);
      // As shells tell that a signal ended a program.
      resolve(code ?? 128 + constants.signals[signal]);
    });
  });
}

/** Runs a Node program of the project. */
export const node = (args, options) => run(process.execPath, args, options);

/** Runs a program for what it prints on stdout; its stderr is passed on. */
export async function output(program, args) {
  const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk) => (text += chunk));
  await ended(child);
  return text;
}

/** How much of what a program printed is kept of it, in characters. */
const END = 4_000;

/** As `run` but without a stdin; gives the exit code and the last of what the program printed. */
export async function keepingItsEnd(program, args, options) {
  const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  let last = '';
  const passOn = (to) => (chunk) => {
    to.write(chunk);
    last = (last + chunk).slice(-END);
  };
  child.stdout.on('data', passOn(process.stdout));
  child.stderr.on('data', passOn(process.stderr));
  return { code: await ended(child), last };
}
