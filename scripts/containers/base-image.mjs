/** A stand-in for the image that the Dockerfile starts from: Debian by debootstrap, Node and npm from the npm registry. */
import { cp, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { npmOutput, npmStep } from '../npm.mjs';
import { ROOT, SetupError } from '../report.mjs';

/** The major that Node 24 comes with. */
const NPM = 'npm@11';

/** What the Dockerfile's FROM names: the image, Node's version and Debian's. */
export async function readFrom() {
  const dockerfile = await readFile(join(ROOT, 'Dockerfile'), 'utf8');
  const [, image, node, debian] = /^FROM (node:([\d.]+)-(\w+)-slim)/m.exec(dockerfile) ?? [];
  if (image === undefined) throw new SetupError('Dockerfile: FROM names no image of Node on Debian slim.');
  return { image, node, debian };
}

/** Makes `base.tar` in `folder`: the file system of the image. */
export async function makeBase({ node, debian }, folder, tools) {
  const root = join(folder, 'root');
  const packages = join(folder, 'packages');
  await tools.run('debootstrap', ['--variant=minbase', debian, root]);
  const nodePackage = `node-linux-${process.arch}`;
  const quiet = ['--no-save', '--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  await npmStep(['install', '--prefix', packages, ...quiet, `${nodePackage}@${node}`, NPM]);
  const modules = join(packages, 'node_modules');
  const local = join(root, 'usr', 'local');
  await cp(join(modules, nodePackage, 'bin', 'node'), join(local, 'bin', 'node'));
  await cp(join(modules, 'npm'), join(local, 'lib', 'node_modules', 'npm'), { recursive: true });
  for (const name of ['npm', 'npx'])
    await symlink(`../lib/node_modules/npm/bin/${name}-cli.js`, join(local, 'bin', name));
  await tools.run('chroot', [root, 'useradd', '--uid', '1000', '--user-group', '--create-home', 'node']);
  for (const rest of ['var/cache/apt', 'var/lib/apt/lists'])
    await rm(join(root, rest), { recursive: true, force: true });
  await tools.run('tar', ['--create', '--file', join(folder, 'base.tar'), '--directory', root, '.']);
  await rm(root, { recursive: true });
  await rm(packages, { recursive: true });
}

/**
 * A folder for `/usr/local/etc` during the build, so that npm in there finds its registry as npm here does: the registry and
 * the certificates of this machine's npm configuration, or those of NODE_EXTRA_CA_CERTS.
 */
export async function npmSettings(folder) {
  await mkdir(folder, { recursive: true });
  const setting = async (name) => (await npmOutput(['config', 'get', name])).trim();
  const lines = [`registry=${await setting('registry')}`];
  const own = await setting('cafile');
  const extra = process.env.NODE_EXTRA_CA_CERTS;
  const certificates =
    own && own !== 'null'
      ? await readFile(own, 'utf8')
      : extra && [...rootCertificates, await readFile(extra, 'utf8')].join('\n');
  if (certificates) {
    await writeFile(join(folder, 'certificates.pem'), certificates);
    lines.push('cafile=/usr/local/etc/certificates.pem');
  }
  await writeFile(join(folder, 'npmrc'), `${lines.join('\n')}\n`);
  return folder;
}
