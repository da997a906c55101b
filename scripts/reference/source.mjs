import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../report.mjs';
import { code, prose, table } from './markdown.mjs';

const printer = ts.createPrinter({ removeComments: true });

/** A source as it is written: what it declares and imports, by name. No type is resolved. */
export function parse(file) {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const named = (isWanted) =>
    new Map(source.statements.filter(isWanted).map((node) => [node.name.text, node]));
  return {
    source,
    types: named((node) => ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)),
    functions: named((node) => ts.isFunctionDeclaration(node)),
    imports: new Map(
      source.statements.filter(ts.isImportDeclaration).flatMap((node) => importsOf(node, file)),
    ),
  };
}

/** Each name with the file of ours that it comes from. */
function importsOf({ moduleSpecifier, importClause }, file) {
  const names = importClause?.namedBindings?.elements ?? [];
  if (!moduleSpecifier.text.startsWith('.')) return [];
  const from = posix.join(posix.dirname(file), moduleSpecifier.text).replace(/\.js$/, '.ts');
  return names.map(({ name }) => [name.text, from]);
}

/** The words above a declaration or a field, in one line unless told otherwise. */
export function docOf(node, lineBreak = ' ') {
  const docs = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  const words = docs.map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '').join('\n');
  return words.split('\n').join(lineBreak);
}

/** In one line, and where it is made of a list of values: those. */
export function textOf(type) {
  const values = listedValues(type);
  if (values) return values.join(' | ');
  return printer.printNode(ts.EmitHint.Unspecified, type, type.getSourceFile()).replace(/\s+/g, ' ');
}

/** The values of `(typeof LIST)[number]`. */
function listedValues(type) {
  const list = /^\(typeof (\w+)\)\[number\]$/.exec(type.getText())?.[1];
  let values;
  type.getSourceFile().forEachChild(function look(node) {
    if (ts.isVariableDeclaration(node) && node.name.getText() === list)
      values = node.initializer.expression.elements.map((element) => element.getText());
    else if (!ts.isFunctionDeclaration(node)) node.forEachChild(look);
  });
  return values;
}

/** Names of the types that a declaration or a type is made of. */
export function namesIn(node) {
  const names = [];
  node.forEachChild(function look(child) {
    if (ts.isTypeReferenceNode(child)) names.push(child.typeName.getText());
    if (ts.isExpressionWithTypeArguments(child)) names.push(child.expression.getText());
    child.forEachChild(look);
  });
  return ts.isTypeReferenceNode(node) ? [node.typeName.getText(), ...names] : names;
}

/**
 * One type as a section of its own.
 * @param known names of the types that have one as well, to link to
 */
export function typeSection(node, known = new Set()) {
  const head = [`### ${node.name.text}`, prose(docOf(node))].filter(Boolean);
  if (ts.isTypeAliasDeclaration(node)) return [...head, linked(node.type, known)].join('\n\n');
  const rows = node.members.map((member) => [
    code(`${member.name.getText()}${member.questionToken ? '?' : ''}`),
    linked(member.type, known),
    prose(docOf(member)),
  ]);
  const bases = (node.heritageClauses ?? []).flatMap(({ types }) => types);
  const also = bases.map((base) => `And the fields of ${linked(base, known)}.`);
  return [...head, ...table(['field', 'type', 'what'], rows), ...also].join('\n\n');
}

/** As code, leading to the first type in it that has a section. */
export function linked(type, known) {
  const text = code(textOf(type));
  const base = ts.isExpressionWithTypeArguments(type) ? [type.expression.getText()] : [];
  const target = [...base, ...namesIn(type)].find((name) => known.has(name));
  return target === undefined ? text : `[${text}](#${target.toLowerCase()})`;
}
