/** A Temporal server that a test may kill: its state is on disk, and it comes back where it was. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDevServer, type DevServer } from '../../embedded/temporal-server.js';
import { devServer } from './servers.js';

export class OwnServer {
  private constructor(
    private readonly folder: string,
    private readonly settings: string[],
    private running: DevServer,
  ) {}

  /** @param settings of its dynamic configuration */
  static async start(settings: string[] = []): Promise<OwnServer> {
    const folder = await mkdtemp(join(tmpdir(), 'leasehold-crash-'));
    return new OwnServer(folder, settings, await startAt(0, folder, settings));
  }

  get address(): string {
    return this.running.address;
  }

  /** `kill -9`. */
  kill(): void {
    process.kill(this.running.pid, 'SIGKILL');
  }

  /** After a kill: with the same state, at the same port. */
  async restart(): Promise<void> {
    await this.running.exited;
    const port = Number(this.address.split(':')[1]);
    this.running = await startAt(port, this.folder, this.settings);
  }

  async stop(): Promise<void> {
    await this.running.stop();
    await rm(this.folder, { recursive: true });
  }
}

function startAt(port: number, folder: string, settings: string[]): Promise<DevServer> {
  const dbFile = join(folder, 'temporal.db');
  return startDevServer({ cli: devServer().cli, port, uiPort: false, dbFile, settings });
}
