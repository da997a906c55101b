import type { Contiguity } from '../contiguity/index.js';
import type { Now } from './clock.js';

/** How long one answer serves every releasing run of this worker. */
const FRESH_MS = 2_000;

/** number → the account's lease id on it. */
export type LeasedSnapshot = ReadonlyMap<string, string>;

/** What the account leases, read once for all releasing runs of a moment. It is a hint, never a proof. */
export class LeasedSnapshots {
  private latest: { askedAt: number; snapshot: Promise<LeasedSnapshot> } | undefined;

  constructor(
    private readonly api: Contiguity,
    private readonly now: Now,
  ) {}

  /** Rejects with `ContiguityError` where the list could not be read. */
  async read(): Promise<LeasedSnapshot> {
    const now = await this.now();
    if (this.latest && now - this.latest.askedAt < FRESH_MS) return this.latest.snapshot;
    const snapshot = this.fetch();
    this.latest = { askedAt: now, snapshot };
    snapshot.catch(() => (this.latest = undefined));
    return snapshot;
  }

  private async fetch(): Promise<LeasedSnapshot> {
    const { data } = await this.api.lease.leased();
    return new Map(data.flatMap((record) => (record.lease ? [[record.number, record.lease.leaseId]] : [])));
  }
}
