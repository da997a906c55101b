import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** How long an unfinished install may lie in the cache before it counts as left over from a crash. */
const LEFTOVER_MS = 6 * 3_600_000;

/** Where fetched servers are kept: `LEASEHOLD_CACHE`, else the user's cache folder as the operating system has it. */
export function cacheDir(env: NodeJS.ProcessEnv = process.env, platform = process.platform): string {
  if (env.LEASEHOLD_CACHE) return env.LEASEHOLD_CACHE;
  const home = homedir();
  if (platform === 'win32') return join(env.LOCALAPPDATA ?? join(home, 'AppData', 'Local'), 'leasehold');
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'leasehold');
  return join(env.XDG_CACHE_HOME ?? join(home, '.cache'), 'leasehold');
}

/**
 * Fills a new folder by `fill` and moves it to `<cache>/<name>` in one step, so that a folder in the cache is always
 * whole: neither a crash nor two set-ups at once leave half a server. Gives the folder's path.
 */
export async function install(
  cache: string,
  name: string,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const target = join(cache, name);
  const draft = join(cache, `.${name}.${randomUUID()}`);
  await mkdir(draft, { recursive: true });
  await sweepLeftovers(cache);
  try {
    await fill(draft);
    await moveInto(draft, target);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return target;
}

/** The one that came first stays: it may be running already. */
async function moveInto(draft: string, target: string): Promise<void> {
  try {
    await rename(draft, target);
  } catch (error) {
    const there = await stat(target).catch(() => undefined);
    if (!there?.isDirectory()) throw error;
  }
}

async function sweepLeftovers(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    if (!name.startsWith('.')) continue;
    const path = join(cache, name);
    const found = await stat(path).catch(() => undefined);
    if (found && Date.now() - found.mtimeMs > LEFTOVER_MS) await rm(path, { recursive: true, force: true });
  }
}
