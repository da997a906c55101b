import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { z } from 'zod';
import { runProgram, type Report } from './programs.js';

/** Where Temporal's SDKs fetch their servers from. */
const SOURCE = 'https://temporal.download';

export interface DownloadLimits {
  connectMs: number;
  /** Without a single byte: a firewall may drop packets without a word. */
  idleMs: number;
  totalMs: number;
}
const LIMITS: DownloadLimits = { connectMs: 10_000, idleMs: 20_000, totalMs: 300_000 };

export interface Artifact {
  /** `cli` or `temporal-test-server`. */
  name: string;
  /** `v1.5.1`. */
  version: string;
}

const archiveSchema = z.object({ archiveUrl: z.string(), fileToExtract: z.string() });

/**
 * Downloads a server as the SDK does (the same place, the same archive) into a folder, and gives the path of the program
 * in it. Unlike the SDK it tells how far it is and gives up in time. Rejects with one line that says why.
 */
export async function downloadServer(
  artifact: Artifact,
  folder: string,
  report: Report,
  { source = SOURCE, limits = LIMITS }: { source?: string; limits?: DownloadLimits } = {},
): Promise<string> {
  const agent = new EnvHttpProxyAgent({
    connect: { timeout: limits.connectMs },
    headersTimeout: limits.idleMs,
    bodyTimeout: limits.idleMs,
  });
  const signal = AbortSignal.timeout(limits.totalMs);
  const get = async (url: string) => {
    const response = await fetch(url, { dispatcher: agent, signal });
    if (!response.ok) throw new Error(`${new URL(url).host} answered ${response.status}`);
    return response;
  };
  try {
    const about = await get(`${source}/${artifact.name}/${artifact.version}?${platformQuery()}`);
    const archive = archiveSchema.parse(await about.json());
    const file = join(folder, basename(new URL(archive.archiveUrl).pathname));
    const body = await get(archive.archiveUrl);
    if (!body.body) throw new Error('the archive is empty');
    const size = Number(body.headers.get('content-length') ?? 0);
    await pipeline(Readable.fromWeb(body.body), progress(size, report), createWriteStream(file));
    // tar is part of every system that Temporal builds for, and reads zip files on Windows.
    await runProgram('tar', ['-xf', file, '-C', folder], { timeoutMs: 60_000 });
    await rm(file);
    return join(folder, archive.fileToExtract);
  } catch (error) {
    throw new Error(reasonOf(error, limits), { cause: error });
  } finally {
    await agent.destroy();
  }
}

function platformQuery(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  return new URLSearchParams({ arch, platform, format: 'tar.gz' }).toString();
}

function progress(size: number, report: Report): Transform {
  let received = 0;
  let told = Date.now();
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      received += chunk.length;
      if (Date.now() - told > 3_000) {
        told = Date.now();
        report(`  … ${megabytes(received)}${size > 0 ? ` of ${megabytes(size)}` : ''}`);
      }
      done(null, chunk);
    },
  });
}

const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(0)} MB`;

/** The innermost cause is the one that names what failed: fetch wraps it in "fetch failed". */
function reasonOf(error: unknown, limits: DownloadLimits): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `not complete after ${limits.totalMs / 1000} s`;
  return error.cause ? reasonOf(error.cause, limits) : error.message;
}
