/** Every wait of both workflows is durable: the worker dies in the middle of it, alone or together with the server. */
import { Blow, testLives, type Struck } from '../../support/crash.js';
import { holdingAt, taskDone } from '../../support/crash-points.js';
import { Plan } from '../../support/plan.js';
import type { Watch } from '../../support/temporal-proxy.js';
import { WAITS, type Wait } from '../../support/waits.js';

/** Strikes as soon as the server has the timer. */
function duringWait(blow: Blow, { timer, refused }: Wait): Watch {
  const strikes = holdingAt(blow, { way: 'to the worker', ...taskDone(timer) });
  return (call) => (refused?.test(call.method) ? 'refuse' : strikes(call));
}

testLives(
  (['worker', 'both'] satisfies Struck[]).flatMap((struck) =>
    WAITS.map(({ trouble, ...wait }) => ({
      name: `${struck} killed, waiting ${wait.name}`,
      life: () => {
        const blow = new Blow();
        const faults = trouble?.(new Plan());
        return { ...wait, struck, blow, watch: duringWait(blow, wait), ...(faults && { faults }) };
      },
    })),
  ),
);
