import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../report.mjs';
import { code, page, prose, table } from './markdown.mjs';
import { docOf, linked, namesIn, parse, typeSection } from './source.mjs';

const ABOUT =
  'What programs in any language start and ask: one JSON object in, one out. Unknown fields are refused. It may grow, and never changes. How long and how large a field may be is told by the OpenAPI document of the [gateway](../gateway.md).';

/** The workflows that callers start or ask, and the files in which each says what it listens to. */
const WORKFLOWS = {
  provisionLease: { file: 'provision-lease', listens: ['provision-lease'] },
  manageLease: {
    file: 'manage-lease',
    listens: ['lease-handlers', 'end-handlers', 'resolve', 'plan-end'],
    startedBy: '`provisionLease` starts it; what it is started with is between the two.',
  },
  provisionMany: { file: 'provision-many', listens: ['provision-many'] },
};
/** Between our own workflows. */
const OURS = { files: ['spending-book'], messages: ['acquire'] };
const KINDS = { defineUpdate: 'update', defineSignal: 'signal', defineQuery: 'query' };

/** Names, types and docstrings as the sources have them. */
export function contractPage({ NAMES, TASK_QUEUE, leaseId, manyId, provisionId }) {
  const ids = {
    provisionLease: provisionId('<reference>'),
    manageLease: leaseId('<number>'),
    provisionMany: manyId('<reference>'),
  };
  checkComplete();
  const workflows = Object.keys(WORKFLOWS).map((name) => ({ name, id: ids[name], ...read(name, NAMES) }));
  const types = typesOf(workflows);
  const known = new Set(types.map((node) => node.name.text));
  return page(
    'The contract',
    ABOUT,
    `Task queue: ${code(TASK_QUEUE)}, unless \`LEASEHOLD_TASK_QUEUE\` names another.`,
    workflows.map((workflow) => workflowSection(workflow, known)),
    '## Types',
    '`?`: may be left out.',
    types.map((node) => typeSection(node, known)),
  );
}

/** A file that listens to something new has to be put under a workflow. */
function checkComplete() {
  const sorted = [...OURS.files, ...Object.values(WORKFLOWS).flatMap(({ listens }) => listens)];
  const files = readdirSync(join(ROOT, 'workflows')).map((file) => file.replace(/\.ts$/, ''));
  const missing = files.filter((file) => !sorted.includes(file) && messagesOf(file).length > 0);
  if (missing.length > 0) throw new Error(`scripts/reference/contract.mjs lacks ${missing.join(', ')}`);
}

function read(name, names) {
  const { file, listens, startedBy } = WORKFLOWS[name];
  const declared = parse(`workflows/${file}.ts`);
  const { parameters, type } = declared.functions.get(name) ?? {};
  const messages = listens.flatMap(messagesOf).map((message) => ({ ...message, name: names[message.key] }));
  return {
    doc: docOf(declared.functions.get(name)),
    startedBy,
    input: startedBy ? undefined : { type: parameters[0].type, declared },
    result: { type: type.typeArguments[0], declared },
    messages: messages.filter(({ key }) => !OURS.messages.includes(key)),
  };
}

/** Each `defineUpdate<Answer, [Argument]>(NAMES.send)` of a file, and its like. */
function messagesOf(file) {
  const declared = parse(`workflows/${file}.ts`);
  const messages = [];
  declared.source.forEachChild(function look(node) {
    const kind = ts.isCallExpression(node) ? KINDS[node.expression.getText()] : undefined;
    const key = kind && /^NAMES\.(\w+)$/.exec(node.arguments[0].getText())?.[1];
    if (key) messages.push({ kind, key, declared, ...signature(kind, node.typeArguments) });
    node.forEachChild(look);
  });
  return messages;
}

function signature(kind, [first, second] = []) {
  if (kind === 'signal') return { takes: first?.elements[0] };
  return { gives: first, takes: second?.elements[0] };
}

/** All that is named, and what that is made of, in the order in which it is met; ours alone. */
function typesOf(workflows) {
  const found = new Map();
  const visit = (name, declared) => {
    const from = declared.imports.get(name);
    const home = declared.types.has(name) ? declared : from && parse(from);
    const node = home?.types.get(name);
    if (!node || found.has(name)) return;
    found.set(name, node);
    namesIn(node).forEach((inner) => visit(inner, home));
  };
  for (const { input, result, messages } of workflows) {
    const used = messages.flatMap(({ takes, gives, declared }) =>
      [takes, gives].map((type) => ({ type, declared })),
    );
    for (const { type, declared } of [input ?? {}, result, ...used])
      if (type) namesIn(type).forEach((name) => visit(name, declared));
  }
  return [...found.values()];
}

function workflowSection({ name, id, doc, startedBy, input, result, messages }, known) {
  const show = (type) => (type ? linked(type, known) : '');
  const takes = startedBy ?? `Takes ${show(input.type)}.`;
  return [
    `## ${name}`,
    prose(doc),
    `Id ${code(id)}. ${takes} Gives ${show(result.type)}.`,
    table(
      ['kind', 'name', 'takes', 'gives'],
      messages.map((message) => [message.kind, code(message.name), show(message.takes), show(message.gives)]),
    ),
  ]
    .flat()
    .join('\n\n');
}
