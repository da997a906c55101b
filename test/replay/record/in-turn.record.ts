/** Runs whose `DELETE` has to wait for its turn at the API. */
import { provision, record } from './recorder.js';

record('in-turn', { apiRate: 1 }, async (world) => {
  const leases = [await provision(world, { reference: 'one' }), await provision(world, { reference: 'two' })];
  leases.push(await provision(world, { reference: 'three' }));
  await Promise.all(leases.map((lease) => lease.terminate()));
  await Promise.all(leases.map((lease) => lease.released()));
});
