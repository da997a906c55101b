import { cpus, totalmem, loadavg } from 'node:os';
import type { BatchSample, LifeSample, PeakSample, Servers } from './measure.js';

/** Everything that one run of `npm run bench` measured, as it is written to bench/results. */
export interface Results {
  /** Of this file's shape. */
  format: 1;
  /** ISO 8601. */
  takenAt: string;
  mode: 'full' | 'quick';
  /** Temporal was a cluster with PostgreSQL. */
  cluster?: true;
  machine: Machine;
  /** On which server each way was led, in words. */
  servers: { textbook: string; product: string };
  lives: LifeSample[];
  batches: BatchSample[];
  /** After so many lives at once at most. */
  peaks: (PeakSample & { atOnce: number })[];
}

export interface Machine {
  cpus: number;
  model: string;
  memoryGiB: number;
  platform: string;
  node: string;
  /** Processes that wanted a processor, over the minute before and the last minute; 0 where the system does not tell. */
  load: { before: number; after: number };
}

export function machineNow(loadBefore: number): Machine {
  const all = cpus();
  return {
    cpus: all.length,
    model: all[0]?.model.trim() ?? 'unknown',
    memoryGiB: Math.round(totalmem() / 1_024 ** 3),
    platform: `${process.platform} ${process.arch}`,
    node: process.version,
    load: { before: loadBefore, after: loadNow() },
  };
}

/** `2 × Intel(R) Xeon(R) Processor, 24 GiB, linux x64, Node v20.20.2` */
export function machineInWords({ cpus, model, memoryGiB, platform, node }: Machine): string {
  return `${cpus} × ${model}, ${memoryGiB} GiB, ${platform}, Node ${node}`;
}

export function loadNow(): number {
  return Math.round((loadavg()[0] ?? 0) * 10) / 10;
}

export function serversInWords({ textbook, product }: Servers): Results['servers'] {
  return { textbook: textbook.about, product: product.about };
}
