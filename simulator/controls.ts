import { ledgerOf, type Ledger } from './ledger.js';
import { freshState, type Lag } from './state.js';
import type { World } from './world.js';

/** What a person may do to the simulated world: in the vendor's console, as another account, or as the vendor. */
export interface Controls {
  ledger(): Promise<Ledger>;
  calls(): Record<string, number>;
  /** The old key answers 401 from now on. */
  setKey(apiKey: string): void;
  leaseByHand(number: string): Promise<string>;
  /** Frees the account's own lease at once, without a lag. */
  releaseByHand(number: string): Promise<void>;
  leaseByOther(number: string): Promise<string>;
  releaseByOther(number: string): Promise<void>;
  setLeaseStatus(number: string, status: 'active' | 'paused' | 'expired'): Promise<void>;
  setNumberStatus(number: string, status: string): void;
  setEntitlement(name: string, granted: boolean): void;
  /** Holds for terminations from now on; those under way with `never` are released by the next `DELETE`. */
  setTermination(lag: Lag): void;
  reset(): void;
}

export function createControls(world: World): Controls {
  const act = <T>(change: (now: number) => T): Promise<T> =>
    world
      .now()
      .then(change)
      .finally(() => world.changed());
  return {
    ledger: async () => {
      await world.now();
      return ledgerOf(world.state.ledger);
    },
    calls: () => world.callsByRoute(),
    setKey: (apiKey) => {
      world.state.apiKey = apiKey;
      world.changed();
    },
    leaseByHand: (number) => act((now) => world.account.lease(number, 'monthly', 'hand', now).leaseId),
    releaseByHand: (number) => act((now) => world.account.free(world.account.ownLease(number), now, 'hand')),
    leaseByOther: (number) => act((now) => world.account.lease(number, 'monthly', 'other', now).leaseId),
    releaseByOther: (number) =>
      act((now) => {
        const lease = world.account.leaseOn(number);
        if (lease?.by === 'other') world.account.free(lease, now, 'other');
      }),
    setLeaseStatus: (number, status) => act(() => void (world.account.ownLease(number).status = status)),
    setNumberStatus: (number, status) => {
      world.account.number(number).status = status;
      world.changed();
    },
    setEntitlement: (name, granted) => {
      world.state.entitlements[name] = granted;
      world.changed();
    },
    setTermination: (lag) => {
      world.state.termination = lag;
      world.changed();
    },
    reset: () => {
      const { seed, apiKey, termination, entitlements, numbers } = world.state;
      world.replace(freshState({ seed, apiKey, termination, entitlements, inventorySize: numbers.length }));
    },
  };
}
