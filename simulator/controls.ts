import { Refusal, type Account } from './account.js';
import type { SimulatedNumber } from './inventory.js';
import { ledgerOf, type Ledger } from './ledger.js';
import type { Lag, SimulatorState } from './state.js';
import type { IncomingText } from './webhooks.js';
import type { FaultsSeen, World } from './world.js';

export interface AccountView {
  /** Epoch milliseconds of the simulator's clock. */
  at: number;
  leases: number;
  termination: Lag;
  entitlements: Record<string, boolean>;
  calls: Record<string, number>;
}

/** What a person may do to the simulated world: in the vendor's console, as another account, or as the vendor. */
export interface Controls {
  ledger(): Promise<Ledger>;
  /** Calls of each route so far. */
  calls(): Record<string, number>;
  account(): Promise<AccountView>;
  /** What went wrong so far, as the fault plan had it. */
  faults(): FaultsSeen;
  /** The old key answers 401 from now on. */
  setKey(apiKey: string): void;
  leaseByHand(number: string): Promise<string>;
  /** Frees the account's own lease at once, without a lag. */
  releaseByHand(number: string): Promise<void>;
  leaseByOther(number: string): Promise<string>;
  releaseByOther(number: string): Promise<void>;
  /** Any word: the vendor may show statuses that its documentation does not have. */
  setLeaseStatus(number: string, status: string): Promise<void>;
  /** The vendor goes on with the account's lease under a new id, which is returned. */
  renewLease(number: string): Promise<string>;
  /** The vendor ends the account's lease by itself, at once. */
  expire(number: string): Promise<void>;
  setNumberStatus(number: string, status: string): void;
  setReputation(number: string, reputation: number): void;
  /** For the next lease, and for months of a lease that are yet to come. */
  setPrice(number: string, price: SimulatedNumber['pricing']): void;
  /** The account cannot pay: leases and texts are answered 402. */
  setUnpaid(unpaid: boolean): void;
  setEntitlement(name: string, granted: boolean): void;
  /** Somebody writes to a number: posted as a webhook. Whether that was taken; false where there is no webhook. */
  receiveText(text: IncomingText): Promise<boolean>;
  /** Texts to this recipient fail on their way, those that have not arrived yet included; false: they arrive again. */
  setUnreachable(recipient: string, unreachable: boolean): void;
  /** Calls that it takes within any second from now on; 0: as many as come. */
  setRate(perSecond: number): void;
  /** Route → how long its answers take at most from now on, in real milliseconds; of others: no time. */
  setAnswerTimes(limits: Record<string, number>): void;
  /** Holds for terminations from now on; those under way with `never` are released by the next `DELETE`. */
  setTermination(lag: Lag): void;
  /** Everything as at the first start: leases, money and counts are forgotten. */
  reset(): void;
}

export function createControls(world: World): Controls {
  return { ...readers(world), ...leaseControls(world), ...settingControls(world) };
}

function readers(world: World): Pick<Controls, 'ledger' | 'calls' | 'account' | 'faults'> {
  return {
    ledger: async () => {
      await world.now();
      return ledgerOf(world.state.ledger);
    },
    calls: () => world.callsByRoute(),
    faults: () => world.faultsSeen(),
    account: async () => {
      const at = await world.now();
      const { termination, entitlements } = world.state;
      const leases = world.account.ownLeases().length;
      return { at, leases, termination, entitlements: { ...entitlements }, calls: world.callsByRoute() };
    },
  };
}

type LeaseControls = Pick<
  Controls,
  | 'leaseByHand'
  | 'releaseByHand'
  | 'leaseByOther'
  | 'releaseByOther'
  | 'setLeaseStatus'
  | 'renewLease'
  | 'expire'
>;

function leaseControls(world: World): LeaseControls {
  const act = <T>(change: (account: Account, now: number) => T): Promise<T> =>
    world
      .now()
      .then((now) => {
        world.aboutToChange(now);
        return change(world.account, now);
      })
      .finally(() => world.changed());
  return {
    leaseByHand: (number) => act((account, now) => account.lease(number, 'monthly', 'hand', now).leaseId),
    releaseByHand: (number) => act((account, now) => account.free(account.ownLease(number), now, 'hand')),
    leaseByOther: (number) => act((account, now) => account.lease(number, 'monthly', 'other', now).leaseId),
    releaseByOther: (number) => act((account, now) => account.freeOfOther(number, now)),
    setLeaseStatus: (number, status) =>
      act((account, now) => void Object.assign(account.ownLease(number), { status, activeAt: now })),
    renewLease: (number) => act((account, now) => account.renew(number, now).leaseId),
    expire: (number) => act((account, now) => account.expire(number, now)),
  };
}

type SettingControls = Omit<Controls, keyof LeaseControls | 'ledger' | 'calls' | 'account' | 'faults'>;

function settingControls(world: World): SettingControls {
  const set = (change: (state: SimulatorState) => void): void => {
    change(world.state);
    world.changed();
  };
  return {
    setKey: (apiKey) => set((state) => (state.apiKey = apiKey)),
    setNumberStatus: (number, status) => set(() => (world.account.number(number).status = status)),
    setReputation: (number, reputation) =>
      set(() => (world.account.number(number).health.reputation = reputation)),
    setPrice: (number, price) => set(() => (world.account.number(number).pricing = { ...price })),
    setUnpaid: (unpaid) => set((state) => (state.unpaid = unpaid)),
    setEntitlement: (name, granted) =>
      set(({ entitlements }) => {
        const known = Object.keys(entitlements);
        if (!known.includes(name))
          throw new Refusal(404, `No entitlement ${name}: there are ${known.join(', ')}`);
        entitlements[name] = granted;
      }),
    receiveText: async (text) => {
      const now = await world.now();
      return world.webhooks?.received(text, now) ?? false;
    },
    setUnreachable: (recipient, unreachable) =>
      set((state) => {
        const others = (state.unreachable ?? []).filter((other) => other !== recipient);
        state.unreachable = unreachable ? [...others, recipient] : others;
      }),
    setRate: (perSecond) => void (world.rate.perSecond = perSecond),
    setAnswerTimes: (limits) => void (world.options.answerTimes = limits),
    setTermination: (lag) => set((state) => (state.termination = lag)),
    reset: () => world.reset(),
  };
}
