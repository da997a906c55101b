/** What processes have used, as Linux tells in /proc: undefined on other systems. */
import { readdir, readFile } from 'node:fs/promises';
import type { Usage } from './process/serve.js';

const MS_A_TICK = 10; // USER_HZ is 100 on every Linux that Node runs on

export async function usageOf(pid: number): Promise<Usage | undefined> {
  if (process.platform !== 'linux') return undefined;
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const { own } = await ticksOf(pid);
  const mebibytes = (name: string) => fieldOf(status, name) / 1_024;
  return { cpuMs: own * MS_A_TICK, rssMiB: mebibytes('VmRSS'), peakMiB: mebibytes('VmHWM') };
}

/** It has a process for each connection. Their memory is mostly one and the same, so only each one's share counts; no peak is known. */
export async function usageOfPostgres(pid: number): Promise<Usage | undefined> {
  if (process.platform !== 'linux') return undefined;
  const { own, ofEnded } = await ticksOf(pid);
  const children = await Promise.all((await childrenOf(pid)).map((child) => usageOfConnection(child)));
  const rssMiB = await shareOf(pid);
  return sum([{ cpuMs: (own + ofEnded) * MS_A_TICK, rssMiB, peakMiB: rssMiB }, ...children]);
}

/** Nothing of a connection that has just ended: its time is its parent's by then. */
async function usageOfConnection(pid: number): Promise<Usage> {
  try {
    const [{ own }, rssMiB] = await Promise.all([ticksOf(pid), shareOf(pid)]);
    return { cpuMs: own * MS_A_TICK, rssMiB, peakMiB: rssMiB };
  } catch {
    return { cpuMs: 0, rssMiB: 0, peakMiB: 0 };
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const parents = await Promise.all(
    all.map((name) => readFile(`/proc/${name}/stat`, 'utf8').then(fieldsOf, () => [])),
  );
  return all.filter((_, nth) => Number(parents[nth]?.[1]) === pid).map(Number);
}

/** utime and stime, and those of children that have ended: proc(5). */
async function ticksOf(pid: number): Promise<{ own: number; ofEnded: number }> {
  const fields = fieldsOf(await readFile(`/proc/${pid}/stat`, 'utf8'));
  const ticks = (nth: number) => Number(fields[nth]);
  return { own: ticks(11) + ticks(12), ofEnded: ticks(13) + ticks(14) };
}

/** From its state on: the name before it may hold anything. */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

async function shareOf(pid: number): Promise<number> {
  return fieldOf(await readFile(`/proc/${pid}/smaps_rollup`, 'utf8'), 'Pss') / 1_024;
}

function fieldOf(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]);
}

export function sum(usages: readonly Usage[]): Usage {
  const total = (name: keyof Usage) => usages.reduce((all, usage) => all + usage[name], 0);
  return { cpuMs: total('cpuMs'), rssMiB: total('rssMiB'), peakMiB: total('peakMiB') };
}
