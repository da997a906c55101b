/** The build: TypeScript to dist/, then the workflow bundle; repeated only when a source has changed. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, SetupError, say } from './report.mjs';
import { node } from './run.mjs';

const STAMP = join(ROOT, 'dist', '.stamp.json');
const BUNDLE = join(ROOT, 'dist', 'workflow-bundle.js');

/** Why dist/ is not a build of the sources, in words; undefined where it is. */
export function reasonToBuild() {
  const built = readStamp();
  if (!built || !existsSync(BUNDLE)) return 'none yet';
  return built.hash === hashOf(sources()) ? undefined : 'sources have changed';
}

/** Builds. Sources that change meanwhile are built next time, as their hash is taken before. */
export async function build({ lenient = false } = {}) {
  const files = sources();
  const hash = hashOf(files);
  const gone = readStamp()?.files.some((file) => !files.includes(file)) ?? false;
  if (gone) rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
  rmSync(STAMP, { force: true });
  const compiled = await succeeds(COMPILE, lenient);
  const bundled = await succeeds(BUNDLE_WORKFLOWS, lenient);
  if (compiled && bundled) writeFileSync(STAMP, JSON.stringify({ hash, files }));
}

const COMPILE = {
  name: 'TypeScript build',
  args: [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'],
};
const BUNDLE_WORKFLOWS = { name: 'workflow bundle', args: [join(ROOT, 'scripts', 'bundle.mjs')] };

async function succeeds({ name, args }, lenient) {
  const code = await node(args, { stdio: ['ignore', process.stderr, process.stderr] });
  if (code === 0) return true;
  const message = `The ${name} failed (its errors are above).`;
  if (!lenient) throw new SetupError(message);
  say(message);
  return false;
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(STAMP, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Paths of all that a build depends on, sorted. */
function sources() {
  const { include } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.build.json'), 'utf8'));
  const code = include.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => `${folder}/${file.replaceAll('\\', '/')}`),
  );
  return [...code.sort(), 'tsconfig.json', 'tsconfig.build.json', 'package-lock.json', 'scripts/bundle.mjs'];
}

function hashOf(files) {
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(file)
      .update('\0')
      .update(readFileSync(join(ROOT, file)))
      .update('\0');
  return hash.digest('hex');
}
