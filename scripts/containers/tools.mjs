/** Programs that build and run containers: which are missing, and how they are called. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { SetupError } from '../report.mjs';

const PACKAGES = [
  'buildah',
  'podman',
  'runc',
  'debootstrap',
  'iptables',
  'netavark',
  'aardvark-dns',
  'catatonit',
];
/** Where programs lie that podman calls by itself, and root's own that not every shell has on its PATH. */
const FOLDERS = ['/usr/sbin', '/sbin', '/usr/lib/podman', '/usr/libexec/podman'];
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const LAST_LINES = 25;

/** Throws `SetupError` where this machine cannot build and run containers by itself. */
export function checkTools() {
  if (process.platform !== 'linux' || process.getuid() !== 0)
    throw new SetupError('npm run containers works on Linux and as root only.');
  const folders = [...(process.env.PATH ?? '').split(delimiter), ...FOLDERS];
  const missing = PACKAGES.filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
  if (missing.length > 0)
    throw new SetupError(
      `Missing here: ${missing.join(', ')}. On Debian: apt-get install --no-install-recommends ${missing.join(' ')}`,
    );
}

/** Podman and buildah with images, containers and networks of their own below `folder`: nothing else of the machine is touched. */
export class Tools {
  #folder;
  #signal;
  #store;

  constructor(folder, signal) {
    this.#folder = folder;
    this.#signal = signal;
    this.#store = ['--root', join(folder, 'images'), '--runroot', join(folder, 'run')];
  }

  /** runc takes each layout of cgroups; file locks are not shared with other users of podman. */
  async configure() {
    await mkdir(join(this.#folder, 'networks'), { recursive: true });
    const config = `[containers]
default_ulimits = ["nofile=20000:20000", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
tmp_dir = "${join(this.#folder, 'tmp')}"
[network]
network_backend = "netavark"
network_config_dir = "${join(this.#folder, 'networks')}"
`;
    await writeFile(join(this.#folder, 'containers.conf'), config);
  }

  podman(...args) {
    return this.run('podman', [...this.#store, ...args]);
  }

  buildah(...args) {
    return this.run('buildah', [...this.#store, ...args]);
  }

  /** Runs a program to its end and gives its stdout; rejects with the last lines of what it printed. */
  async run(program, args) {
    const options = { env: this.#env(), signal: this.#signal, maxBuffer: MAX_OUTPUT_BYTES };
    try {
      return (await promisify(execFile)(program, args, options)).stdout.trim();
    } catch (error) {
      if (this.#signal?.aborted) throw Object.assign(new SetupError('Stopped.'), { stopped: true });
      const printed = `${error.stdout ?? ''}${error.stderr ?? ''}`.trim().split('\n').slice(-LAST_LINES);
      throw new SetupError([`${program} failed (${error.code}):`, ...printed].join('\n'));
    }
  }

  /** Proxies under both spellings: apt reads the lower one only. */
  #env() {
    const proxies = ['http_proxy', 'https_proxy', 'no_proxy'].flatMap((name) => {
      const value = process.env[name] ?? process.env[name.toUpperCase()];
      return value === undefined ? [] : [name, name.toUpperCase()].map((each) => [each, value]);
    });
    return {
      ...process.env,
      ...Object.fromEntries(proxies),
      PATH: [process.env.PATH, ...FOLDERS].join(delimiter),
      CONTAINERS_CONF: join(this.#folder, 'containers.conf'),
    };
  }

  /** Removes all that was made here; goes on where a part of it fails, as the folder is removed at the end. */
  async remove() {
    const cleaner = new Tools(this.#folder);
    const failures = [];
    const attempt = (work) => work.catch((error) => failures.push(error.message));
    await attempt(cleaner.podman('rm', '--all', '--force', '--volumes', '--time', '0'));
    await attempt(cleaner.podman('network', 'prune', '--force'));
    await attempt(cleaner.buildah('rm', '--all'));
    for (const point of mountPointsBelow(this.#folder)) await attempt(cleaner.run('umount', [point]));
    await attempt(rm(this.#folder, { recursive: true, force: true }));
    if (failures.length > 0) throw new SetupError(`Not removed: ${failures.join('\n')}`);
  }
}

/** The deepest first. */
function mountPointsBelow(folder) {
  return readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((point) => point.startsWith(`${folder}/`))
    .sort((a, b) => b.length - a.length);
}
