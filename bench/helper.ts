import { fork, type ChildProcess } from 'node:child_process';
import { built } from '../embedded/project.js';
import type { Reply, Request, Usage } from './process/serve.js';

interface Pending {
  resolve: (value: unknown) => void;
  reject: (error: Error) => void;
}

/** A process of bench/process: what it does is measured apart from everything else. It ends when this one does. */
export class Helper<Ready = unknown> {
  private readonly pending = new Map<number, Pending>();
  private asked = 0;

  private constructor(
    private readonly name: string,
    private readonly child: ChildProcess,
    readonly ready: Ready,
  ) {
    child.on('message', (reply: Reply) => this.take(reply));
    child.on('exit', (code) => this.failAll(new Error(`the ${name} ended with code ${code ?? 'none'}`)));
  }

  static async start<Ready>(
    name: 'simulator' | 'worker' | 'bare' | 'gateway',
    settings: object,
    execArgv: readonly string[] = [],
  ): Promise<Helper<Ready>> {
    const file = built(`bench/process/${name}.js`);
    const child = fork(file, [JSON.stringify(settings)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      execArgv: [...process.execArgv, ...execArgv],
    });
    const first = await new Promise<Reply>((resolve, reject) => {
      child.once('message', (reply: Reply) => resolve(reply));
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`the ${name} ended with code ${code ?? 'none'}`)));
    });
    return new Helper<Ready>(name, child, ('value' in first ? first.value : undefined) as Ready);
  }

  ask<T>(op: string, arg?: unknown): Promise<T> {
    const id = (this.asked += 1);
    const request: Request = { id, op, arg };
    return new Promise<T>((resolve, reject) => {
      this.pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.child.send(request, (error) => {
        if (error) reject(error);
      });
    });
  }

  usage(): Promise<Usage> {
    return this.ask<Usage>('usage');
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.disconnect();
    await ended;
  }

  private take(reply: Reply): void {
    const pending = this.pending.get(reply.id);
    this.pending.delete(reply.id);
    if ('error' in reply) pending?.reject(new Error(`${this.name}: ${reply.error}`));
    else pending?.resolve(reply.value);
  }

  private failAll(error: Error): void {
    for (const { reject } of this.pending.values()) reject(error);
    this.pending.clear();
  }
}
