/** Where a thread's time went, by a `.cpuprofile` of V8 (format: Chrome DevTools Protocol, `Profiler.Profile`). */
import { readFile } from 'node:fs/promises';

interface Frame {
  functionName: string;
  url: string;
}

interface Node {
  id: number;
  callFrame: Frame;
  children?: number[];
}

interface CpuProfile {
  nodes: Node[];
  samples: number[];
  /** Microseconds since the sample before. */
  timeDeltas: number[];
}

/** Milliseconds of a thread, idle time left out. */
export interface TimeSpent {
  totalMs: number;
  /** By what it was spent on, most first. */
  byCost: [cost: string, ms: number][];
  /** By the function that ran, most first. */
  byFunction: [name: string, ms: number][];
}

const OF_THE_BUNDLE = /-bundle(-encrypted)?\.js|workflow-bundle/;
const IDLE = ['(idle)', '(root)'];

/** The first of these that any frame on the stack fits; `depth` 0 is the function that runs. */
const COSTS: [cost: string, fits: (frame: Frame, depth: number) => boolean][] = [
  ['collecting garbage', ({ functionName }) => functionName === '(garbage collector)'],
  ['entering the sandbox', ({ functionName }, depth) => depth === 0 && functionName === 'runInContext'],
  ["loading the workflows' modules", ({ functionName }) => functionName === '__webpack_require__'],
  ['what runs in the sandbox', ({ url }) => OF_THE_BUNDLE.test(url)],
  ['messages between threads', ({ functionName }) => functionName === 'postMessage'],
  ['encoding and decoding', ({ url }) => /protobuf|@temporalio\/proto/.test(url)],
];
const REST = "the SDK's thread around it, and Node";

export async function readProfile(file: string): Promise<CpuProfile> {
  return JSON.parse(await readFile(file, 'utf8')) as CpuProfile;
}

/** Whether the thread ran workflows. */
export function ranWorkflows({ nodes }: CpuProfile): boolean {
  return nodes.some(({ callFrame }) => callFrame.functionName === '__TEMPORAL_CALL_INTO_SCOPE');
}

export function timeSpent({ nodes, samples, timeDeltas }: CpuProfile): TimeSpent {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id])));
  const selfMs = new Map<number, number>();
  samples.forEach((id, index) => selfMs.set(id, (selfMs.get(id) ?? 0) + (timeDeltas[index] ?? 0) / 1_000));
  const costs = new Map<string, number>();
  const functions = new Map<string, number>();
  let totalMs = 0;
  for (const [id, ms] of selfMs) {
    const path = pathOf(id, byId, parents);
    const [self] = path;
    if (!self || IDLE.includes(self.functionName)) continue;
    totalMs += ms;
    add(costs, costOf(path), ms);
    add(functions, nameOf(self), ms);
  }
  return { totalMs, byCost: mostFirst(costs), byFunction: mostFirst(functions) };
}

function pathOf(id: number, byId: Map<number, Node>, parents: Map<number, number>): Frame[] {
  const path: Frame[] = [];
  for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
    const node = byId.get(at);
    if (node) path.push(node.callFrame);
  }
  return path;
}

function costOf(path: readonly Frame[]): string {
  return COSTS.find(([, fits]) => path.some((frame, depth) => fits(frame, depth)))?.[0] ?? REST;
}

function nameOf({ functionName, url }: Frame): string {
  const file = url.split('/').slice(-2).join('/');
  return `${functionName || '(anonymous)'}${file ? ` (${file})` : ''}`;
}

function add(sums: Map<string, number>, key: string, ms: number): void {
  sums.set(key, (sums.get(key) ?? 0) + ms);
}

function mostFirst(sums: Map<string, number>): [string, number][] {
  return [...sums].sort(([, a], [, b]) => b - a);
}
