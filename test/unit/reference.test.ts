import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { commandFailure } from '../../client/cli/failure.js';
import { build } from '../../client/cli/program.js';
import { LeaseholdError } from '../../client/errors.js';
import { NAMES } from '../../domain/contract.js';
import { FAILURE_WORDS } from '../../domain/failures.js';
import { leaseId, manyId, provisionId, TASK_QUEUE } from '../../domain/ids.js';
import { ROOT } from '../../embedded/project.js';
import { gatewaySettings } from '../../gateway/config.js';
import { PROBLEMS } from '../../gateway/problems.js';
import { workerSettings } from '../../worker/config.js';

const { FOLDER, makePages } = (await import(join(ROOT, 'scripts', 'reference', 'pages.mjs'))) as {
  FOLDER: string;
  makePages: (code: object) => Promise<Record<string, string>>;
};
const { SECTIONS } = (await import(join(ROOT, 'scripts', 'reference', 'variables.mjs'))) as {
  SECTIONS: { variables: object }[];
};

const made = await makePages({
  build,
  commandFailure,
  LeaseholdError,
  gatewaySettings,
  workerSettings,
  FAILURE_WORDS,
  PROBLEMS,
  NAMES,
  TASK_QUEUE,
  leaseId,
  manyId,
  provisionId,
});

test.each(Object.entries(made))('%s is what the code says', (file, page) => {
  const written = readFileSync(join(ROOT, FOLDER, file), 'utf8');
  expect(written, `${FOLDER}/${file} is stale: \`npm run reference\` makes it anew`).toBe(page);
});

test('the folder holds nothing that is not made', () => {
  expect(readdirSync(join(ROOT, FOLDER)).sort()).toEqual(Object.keys(made).sort());
});

const VARIABLE = /^(LEASEHOLD|CONTIGUITY|TEMPORAL|OTEL)_[A-Z_]+$/;
const listed = SECTIONS.flatMap(({ variables }) => Object.keys(variables));
/** Read from the environment by no code of ours, but by Temporal's. */
const readByTemporal = listed.filter((name) => name.startsWith('TEMPORAL_') && name !== 'TEMPORAL_UI_URL');

test('the list of variables has those that the code reads, and no others', () => {
  const { include } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.build.json'), 'utf8')) as {
    include: string[];
  };
  const product = include.filter((folder) => folder !== 'bench' && folder !== 'simulation');
  const read = new Set(product.flatMap(sourcesIn).flatMap(variablesIn));
  expect([...new Set([...read, ...readByTemporal])].sort()).toEqual(listed.toSorted());
});

test("the list of variables has those that Temporal's library reads", () => {
  const library = createRequire(import.meta.url).resolve('@temporalio/envconfig');
  const source = readFileSync(join(library, '..', 'envconfig-toml.js'), 'utf8');
  const read = [...source.matchAll(/'(TEMPORAL_\w+)'/g)].map(([, name = '']) => name.replace(/_$/, '_*'));
  const toNoEffect = [
    'TEMPORAL_CODEC_AUTH',
    'TEMPORAL_CODEC_ENDPOINT',
    'TEMPORAL_TLS_DISABLE_HOST_VERIFICATION',
  ];
  expect([...new Set(read)].sort()).toEqual([...readByTemporal, ...toNoEffect].sort());
});

function sourcesIn(folder: string): string[] {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
  return files.filter((file) => file.endsWith('.ts')).map((file) => join(ROOT, folder, file));
}

/** Names of variables in code and not in remarks. Constants of ours may be named alike, and messages have halves of names. */
function variablesIn(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const found = new Set<string>();
  const constants = new Set<string>();
  const look = (node: ts.Node): void => {
    if ((ts.isIdentifier(node) || ts.isStringLiteral(node)) && VARIABLE.test(node.text)) found.add(node.text);
    if (ts.isVariableDeclaration(node)) constants.add(node.name.getText());
    node.forEachChild(look);
  };
  look(source);
  const isHalf = (name: string) =>
    listed.some((whole) => whole.startsWith(`${name}_`) && !listed.includes(name));
  return [...found].filter((name) => !constants.has(name) && !isHalf(name));
}
