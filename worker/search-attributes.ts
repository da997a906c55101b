import type { temporal } from '@temporalio/proto';
import type { NativeConnection } from '@temporalio/worker';
import { SEARCH_ATTRIBUTES } from '../domain/search-attributes.js';

/** Names of our search attributes that the namespace does not have. Rejects where the server cannot be asked. */
export async function missingSearchAttributes(
  { operatorService }: Pick<NativeConnection, 'operatorService'>,
  namespace: string,
): Promise<string[]> {
  const known: temporal.api.operatorservice.v1.IListSearchAttributesResponse =
    await operatorService.listSearchAttributes({ namespace });
  const names = Object.keys(known.customAttributes ?? {});
  return SEARCH_ATTRIBUTES.map(({ name }) => name).filter((name) => !names.includes(name));
}

/** Numbers of Temporal's own enum (temporal.api.enums.v1.IndexedValueType), as they stand on the wire. */
const TYPES = { KEYWORD: 2, DOUBLE: 4, DATETIME: 6, KEYWORD_LIST: 7 } as const;

/** Creates our search attributes in a namespace that lacks all of them, or only the ones that are named. */
export async function addSearchAttributes(
  { operatorService }: Pick<NativeConnection, 'operatorService'>,
  namespace: string,
  names: readonly string[] = SEARCH_ATTRIBUTES.map(({ name }) => name),
): Promise<void> {
  const wanted = SEARCH_ATTRIBUTES.filter(({ name }) => names.includes(name));
  const searchAttributes = Object.fromEntries(wanted.map(({ name, type }) => [name, TYPES[type]]));
  await operatorService.addSearchAttributes({ namespace, searchAttributes });
}
