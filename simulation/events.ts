import type { FaultPlan } from '../simulator/faults.js';
import type { Simulator } from '../simulator/index.js';
import { isOfGuards, type GuardEvent } from './guard-plan.js';
import type { Lives } from './lives.js';
import type { Stage } from './stage.js';
import { RECIPIENTS, type LifeEvent, type PlannedEvent, type WorldEvent } from './plan.js';

const UNREADABLE_LIST = { phase: 'answering', kind: 'unreadable list', body: '[{"id":' } as const;
/** In the vendor's own envelope, as if it knew no such number. */
const UNKNOWN_NUMBER = { phase: 'before', kind: '404', status: 404 } as const;

/**
 * The list of leased numbers, which may be unreadable for a while. Meanwhile seven of ten reads of a number, one after the
 * other, are answered 404. Other requests fail as the plan says.
 */
export class ListSwitch implements FaultPlan {
  readable = true;

  constructor(private readonly others: FaultPlan) {}

  decide(call: Parameters<FaultPlan['decide']>[0]): ReturnType<FaultPlan['decide']> {
    const fault = this.others.decide(call); // counts every request, so that the draws do not shift
    if (this.readable) return fault;
    if (call.route === 'GET /numbers/leased') return UNREADABLE_LIST;
    return call.route === 'GET /numbers/{number}' && call.nth % 10 < 7 ? UNKNOWN_NUMBER : fault;
  }
}

/** Applies planned events. An event that is too early or too late for its life does nothing: the ledger is what counts. */
export class Events {
  constructor(
    private readonly seed: number,
    private readonly stage: Stage,
    private readonly simulator: Simulator,
    private readonly lives: Lives,
    private readonly inventory: { id: string }[],
    private readonly lists: ListSwitch,
  ) {}

  async apply(event: PlannedEvent | GuardEvent): Promise<void> {
    try {
      if (isOfGuards(event)) await this.ofGuards(event);
      else await ('reference' in event ? this.ofLife(event) : this.ofWorld(event));
    } catch {
      // refused, which is an answer too
    }
  }

  /** What would keep the end from coming. */
  calm(): void {
    this.stage.activityGate.resume();
    const { controls, apiKey } = this.simulator;
    controls.setKey(apiKey);
    controls.setUnpaid(false);
    controls.setAnswerTimes({});
    this.lists.readable = true;
  }

  private async ofWorld(event: WorldEvent): Promise<void> {
    const { activityGate } = this.stage;
    const { controls, apiKey } = this.simulator;
    if (event.kind === 'key-revoked') controls.setKey('contiguity_sk_another');
    if (event.kind === 'key-restored') controls.setKey(apiKey);
    if (event.kind === 'unpaid') controls.setUnpaid(event.unpaid);
    if (event.kind === 'reconcile') await this.lives.hazards?.reconcile();
    if (event.kind === 'workers' && event.away) activityGate.suspend();
    if (event.kind === 'workers' && !event.away) activityGate.resume();
    if (event.kind === 'lists') this.lists.readable = event.readable;
    if (event.kind === 'lease-by-hand' || event.kind === 'lease-by-other') await this.takeAway(event);
  }

  private async takeAway({ kind, nth }: WorldEvent & { nth: number }): Promise<void> {
    const { controls } = this.simulator;
    const number = this.inventory[nth]?.id;
    if (number === undefined) return;
    await (kind === 'lease-by-hand' ? controls.leaseByHand(number) : controls.leaseByOther(number));
  }

  private async ofLife(event: LifeEvent): Promise<void> {
    const { lives } = this;
    const { reference } = event;
    if (event.kind === 'cancel-provision') return lives.cancelProvision(reference);
    if (event.kind === 'cancel-lease') return lives.cancelLease(reference);
    if (event.kind === 'terminate') return lives.terminate(reference);
    if (event.kind === 'send')
      return lives.send(reference, { id: event.id, to: RECIPIENTS[0], message: event.id });
    const number = await lives.numberOf(reference);
    if (number === undefined) return;
    await this.atVendor(event, number);
    const { hazards } = lives;
    if (event.kind === 'terminate-run') {
      await lives.guarded?.watch.cancelling({ number }); // a run that a person terminates protects nothing any more
      await hazards?.terminateRun(number);
    }
    if (event.kind === 'reset-run') await hazards?.reset(number, reference, this.seed);
    if (event.kind === 'all-at-once') await this.tellAllAtOnce(number);
    if (event.kind === 'junk-signal') await hazards?.sendJunk(number, reference, this.seed);
    if (event.kind === 'incoming') await this.writeTo(number, event);
  }

  private async atVendor(event: LifeEvent, number: string): Promise<void> {
    const { controls } = this.simulator;
    if (event.kind === 'release-by-hand') await controls.releaseByHand(number);
    if (event.kind === 'renew-lease-id') await controls.renewLease(number);
    if (event.kind === 'pause') await controls.setLeaseStatus(number, 'paused');
    if (event.kind === 'status') await controls.setLeaseStatus(number, event.status);
  }

  private async tellAllAtOnce(number: string): Promise<void> {
    const { guarded, hazards } = this.lives;
    await guarded?.watch.cancelling({ number });
    await hazards?.tellAllAtOnce(number);
  }

  /** The webhook may come minutes later, so nobody waits for it here. */
  private async writeTo(
    number: string,
    { from, body, out }: LifeEvent & { kind: 'incoming' },
  ): Promise<void> {
    const { lives, stage, simulator } = this;
    const word = lives.optOuts?.note({ number, recipient: from, out, writtenAt: await stage.now() });
    void simulator.controls
      .receiveText({ from, to: number, body })
      .then(async (isTaken) => (isTaken ? word?.taken(await stage.now()) : undefined))
      .catch(() => undefined);
  }

  private async ofGuards(event: GuardEvent): Promise<void> {
    const { guarded } = this.lives;
    if (!guarded) return;
    if (event.kind === 'hand-made' || event.kind === 'adopt') {
      const number = this.inventory[event.nth]?.id;
      if (number === undefined) return;
      if (event.kind === 'adopt') return guarded.adopt(number, event.terms);
      await this.simulator.controls.leaseByHand(number);
      return;
    }
    if (event.kind === 'terminate-guarded') return this.lives.terminate(event.reference);
    const run = await this.lives.runOf?.(event.reference);
    if (!run) return;
    if (event.kind === 'protect') await guarded.watch.protect(run, event.on);
    if (event.kind === 'restore') await guarded.watch.restore(run);
    if (event.kind === 'renew') await guarded.watch.renew(run, event.auto);
  }
}
