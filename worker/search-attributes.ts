import proto from '@temporalio/proto';
import type { NativeConnection } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES, typeName } from '../domain/search-attributes.js';

const { IndexedValueType } = proto.temporal.api.enums.v1; // a CommonJS module: no named exports
const TYPES = {
  KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  DOUBLE: IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE,
  DATETIME: IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
  KEYWORD_LIST: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
} as const;

type Operator = Pick<NativeConnection, 'operatorService'>;

/** What a namespace lacks of our search attributes. */
export interface SearchAttributeProblems {
  /** Names that do not exist. */
  missing: string[];
  /** Names that exist with another type: Temporal then drops values without an error. */
  mistyped: string[];
}

/** Compares names and types. Rejects where the server cannot be asked. */
export async function findSearchAttributeProblems(
  { operatorService }: Operator,
  namespace: string,
): Promise<SearchAttributeProblems> {
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const isThere = ({ name }: { name: string }) => name in customAttributes;
  const missing = SEARCH_ATTRIBUTES.filter((one) => !isThere(one));
  const mistyped = SEARCH_ATTRIBUTES.filter(
    (one) => isThere(one) && customAttributes[one.name] !== TYPES[one.type],
  );
  return { missing: missing.map(({ name }) => name), mistyped: mistyped.map(({ name }) => name) };
}

/** What to do about attributes of a wrong type. Nothing here removes one, as all its values are lost with it. */
export function howToRetype(names: readonly string[]): string {
  const wanted = SEARCH_ATTRIBUTES.filter(({ name }) => names.includes(name));
  const types = wanted.map(({ name, type }) => `${name} must be ${typeName(type)}`);
  const flags = names.map((name) => `--name ${name}`).join(' ');
  return `${types.join(', ')}: remove it with \`temporal operator search-attribute remove ${flags}\`, then run \`leasehold doctor --fix\``;
}

/** Creates our search attributes in a namespace that lacks all of them, or only the ones that are named. */
export async function addSearchAttributes(
  { operatorService }: Operator,
  namespace: string,
  names: readonly string[] = SEARCH_ATTRIBUTES.map(({ name }) => name),
): Promise<void> {
  const wanted = SEARCH_ATTRIBUTES.filter(({ name }) => names.includes(name));
  const searchAttributes = Object.fromEntries(wanted.map(({ name, type }) => [name, TYPES[type]]));
  await operatorService.addSearchAttributes({ namespace, searchAttributes });
}
