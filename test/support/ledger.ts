import type { LedgerEntry, Simulator } from '../../simulator/index.js';

export type EntryOf<Kind extends LedgerEntry['kind']> = Extract<LedgerEntry, { kind: Kind }>;

/** What the vendor did of one kind, in its order. */
export async function entriesOf<Kind extends LedgerEntry['kind']>(
  { controls }: Pick<Simulator, 'controls'>,
  kind: Kind,
): Promise<EntryOf<Kind>[]> {
  const { entries } = await controls.ledger();
  return entries.filter((entry): entry is EntryOf<Kind> => entry.kind === kind);
}
