import { spawn } from 'node:child_process';
import { ROOT } from './report.mjs';

/** Runs a program to its end with our stdin, stdout and stderr; gives its exit code. Ctrl-C reaches it by itself. */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: 'inherit', ...options });
    const forward = (signal) => child.kill(signal);
    const wait = () => {};
    process.on('SIGINT', wait).on('SIGTERM', forward);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('SIGINT', wait).off('SIGTERM', forward);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 1));
    });
  });
}

/** Runs a Node program of the project. */
export const node = (args, options) => run(process.execPath, args, options);

/** Runs a program for what it prints on stdout; its stderr is passed on. */
export function output(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk) => (text += chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, output: text }));
  });
}
