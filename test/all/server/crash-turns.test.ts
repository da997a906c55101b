/** `kill -9` of the worker where a life takes a turn: it is cancelled, or it goes on in a new run. */
import type { Provision } from '../../../client/index.js';
import { testLives, type Life } from '../../support/crash.js';
import {
  blowAt,
  CANCELLED_LEASE_POINTS,
  CANCELLED_REQUEST_POINTS,
  NEW_RUN_POINTS,
  SLOW_TERMINATION,
} from '../../support/crash-points.js';
import type { DevWorld } from '../../support/dev-world.js';
import { Plan } from '../../support/plan.js';
import type { Watch } from '../../support/temporal-proxy.js';
import { cancelled, cancelWhileLeasing, IDLE, leasingTakesLong } from '../../support/waits.js';

/** History events after which the server wants a new run: fewer than the looks of one release make. */
const SHORT_HISTORY = ['limit.historyCount.suggestContinueAsNew=30'];

/** Watches from the cancel on. */
class AfterCancel {
  private isCancelled = false;

  constructor(private readonly then: Watch) {}

  readonly watch: Watch = (call) => (this.isCancelled ? this.then(call) : 'pass');

  before(cancel: () => Promise<unknown>): Promise<unknown> {
    this.isCancelled = true;
    return cancel();
  }
}

const ofRequest = CANCELLED_REQUEST_POINTS.map(({ name, spot }) => ({
  name: `worker killed in the cancel of a request: ${name}`,
  life: (): Life => {
    const { blow, watch } = blowAt(spot);
    const cancel = new AfterCancel(watch);
    return {
      struck: 'worker',
      blow,
      watch: cancel.watch,
      request: IDLE,
      faults: leasingTakesLong(new Plan()),
      meanwhile: (provision, world) =>
        cancelWhileLeasing(world, () => cancel.before(() => provision.cancel())),
      end: cancelled,
      texts: 0,
    };
  },
}));

const ofLease = CANCELLED_LEASE_POINTS.map(({ name, spot }) => ({
  name: `worker killed in the cancel of a lease: ${name}`,
  life: (): Life => {
    const { blow, watch } = blowAt(spot);
    const cancel = new AfterCancel(watch);
    const cancelLease = async (provision: Provision, world: DevWorld) => {
      const { number } = await provision.result();
      await cancel.before(() => world.run(number).cancel());
    };
    return { struck: 'worker', blow, watch: cancel.watch, request: IDLE, meanwhile: cancelLease, texts: 0 };
  },
}));

const newRun = NEW_RUN_POINTS.map(({ name, spot }) => ({
  name: `worker killed: ${name}`,
  life: (): Life => ({
    struck: 'worker',
    ...blowAt(spot),
    world: { termination: SLOW_TERMINATION },
    settings: SHORT_HISTORY,
  }),
}));

testLives([...ofRequest, ...ofLease, ...newRun]);
