/** A text of which nothing could be told before its lease was to end, and the next one to that person, once it is restored. */
import { until } from '../../support/dev-world.js';
import { Plan, ROUTE } from '../../support/plan.js';
import { provision, record, TEXT } from './recorder.js';

const faults = new Plan();

record('given-up-text', { faults }, async (world) => {
  const lease = await provision(world, { grace: '1h' });
  faults.on(ROUTE.send, { phase: 'after', reset: true });
  faults.on(ROUTE.history, { phase: 'before', status: 503 }, 1_000);
  const sending = lease.send(TEXT);
  await until(
    'its answer is lost',
    () => lease.status(),
    ({ log }) => log.some(({ text }) => text.includes('in doubt')),
  );
  await lease.terminate();
  await sending;
  await lease.restore();
  faults.clear();
  faults.on(ROUTE.send, { phase: 'before', reset: true });
  await lease.send({ ...TEXT, id: 'm2', message: 'Next' });
  await lease.terminate({ grace: 'none' });
  await lease.released();
});
