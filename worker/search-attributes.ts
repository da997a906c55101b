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
