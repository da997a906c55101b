import type { Account } from '../contiguity/index.js';
import type { LeaseAccount } from '../domain/lease-input.js';
import type { Unanswered } from '../domain/outcome.js';
import type { Now } from './clock.js';
import type { LeasedSnapshots } from './leased-snapshot.js';

/** What is told to a run whose lease was made at another API than this worker talks to. Nothing is sent then. */
export function atOtherApi(mine: Account, its: LeaseAccount | undefined): Unanswered | undefined {
  if (!its || mine.baseUrl === its.baseUrl) return undefined;
  return {
    answered: false,
    otherAccount: true,
    call: {
      call: 'none',
      message: `the number was leased at ${its.baseUrl}, this worker talks to ${mine.baseUrl}`,
      byVendor: false,
      neverSent: true,
    },
  };
}

/** Numbers of open runs that hold an active lease, a few are enough; none where the server keeps no list. */
type ListActiveNumbers = () => Promise<string[]>;

/** How long one look at everything that is held serves the releases of this worker. */
const LOOK_SERVES_MS = 60_000;

/**
 * Tells whether "not leased" can be believed. The API names no account, so a worker that was given the key of
 * another one, or an API that forgot everything, would make each held number look released.
 */
export class AccountWitness {
  private readonly sameAccount = new Set<string>();
  private look: { at: number; doubt: Promise<string | undefined> } | undefined;

  constructor(
    private readonly mine: Account,
    private readonly snapshots: LeasedSnapshots,
    private readonly listActive: ListActiveNumbers,
    private readonly now: Now,
  ) {}

  /** The present key showed a lease that was made with this other key: both belong to one account. */
  vouch(its: LeaseAccount): void {
    this.sameAccount.add(its.keyFingerprint);
  }

  /** Why "not leased" proves nothing now; undefined where it does. */
  async doubt(its: LeaseAccount): Promise<string | undefined> {
    if (its.keyFingerprint !== this.mine.keyFingerprint && !this.sameAccount.has(its.keyFingerprint)) {
      return 'the API key changed since the lease and has not shown a lease of ours yet: is it of the same account?';
    }
    const now = await this.now();
    if (!this.look || now - this.look.at > LOOK_SERVES_MS) this.look = { at: now, doubt: this.lookAtAll() };
    const doubt = await this.look.doubt;
    if (doubt) this.look = undefined; // looked at again at the next poll
    return doubt;
  }

  /** A different account shows none of the numbers that open runs hold; the right one shows at least one. */
  private async lookAtAll(): Promise<string | undefined> {
    const active = await this.listActive().catch(() => undefined);
    if (!active) return 'the numbers that open runs hold cannot be listed now';
    if (active.length === 0) return undefined;
    const leased = await this.snapshots.read().catch(() => undefined);
    if (!leased) return 'what the account leases cannot be read now';
    if (active.some((number) => leased.has(number))) return undefined;
    return `none of the numbers that open runs hold (${active.length} looked at) is leased any more: is this the right account?`;
  }
}
