import type { Fault, FaultedCall, FaultPlan } from '../../simulator/index.js';

/** The routes as fault plans name them. */
export const ROUTE = {
  find: 'GET /numbers/leases',
  read: 'GET /numbers/{number}',
  lease: 'POST /numbers/lease/{number}',
  send: 'POST /send/text',
  history: 'GET /conversations/history/text/{to}/{from}/{limit}',
  message: 'GET /conversations/history/message/{id}',
  terminate: 'DELETE /numbers/leased/{number}',
  leased: 'GET /numbers/leased',
} as const;

type Effect = Fault | ((call: FaultedCall) => Fault | undefined);

/** What goes wrong, laid out by a test: each rule holds for the next `times` calls of its route. */
export class Plan implements FaultPlan {
  private rules: { route: string; effect: Effect; left: number }[] = [];

  on(route: string, effect: Effect, times = 1): this {
    this.rules.push({ route, effect, left: times });
    return this;
  }

  /** Something that happens while a call is on its way to the vendor. */
  meanwhile(route: string, happens: (call: FaultedCall) => Promise<unknown>, times = 1): this {
    const ON_ITS_WAY_MS = 80;
    const effect = (call: FaultedCall): Fault => {
      void happens(call);
      return { phase: 'before', delayMs: ON_ITS_WAY_MS };
    };
    return this.on(route, effect, times);
  }

  /** Everything is well again. */
  clear(): void {
    this.rules = [];
  }

  decide(call: FaultedCall): Fault | undefined {
    const rule = this.rules.find(({ route, left }) => route === call.route && left > 0);
    if (!rule) return undefined;
    rule.left -= 1;
    return typeof rule.effect === 'function' ? rule.effect(call) : rule.effect;
  }
}
