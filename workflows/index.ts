/** Everything that the worker's bundle exports: one function a workflow type. */
export { adoptNumbers } from './adopt-numbers.js';
export { deliverEvent } from './deliver-event.js';
export { manageLease } from './manage-lease.js';
export { planProvision } from './plan-provision.js';
export { provisionLease } from './provision-lease.js';
export { reconcileLeases } from './reconcile-leases.js';
export { provisionMany } from './provision-many.js';
export { spendingBook } from './spending-book.js';
