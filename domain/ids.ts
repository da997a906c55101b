import type { PhoneNumber } from './phone-number.js';

/** The task queue unless `LEASEHOLD_TASK_QUEUE` names another. */
export const TASK_QUEUE = 'leasehold';

/** Workflow ids are the product's locks: one open run an id. They are made here and nowhere else. */
export const provisionId = (reference: string): string => `provision/${reference}`;
export const leaseId = (number: PhoneNumber): string => `lease/${number}`;
/** The one run that grants room in the spending limits. */
export const SPENDING_BOOK_ID = 'spending/account';

/** A run that only looks. */
export const planId = (id: string): string => `plan/${id}`;
/** One batch a reference: asked for again, it is the same one. */
export const manyId = (reference: string): string => `many/${reference}`;
export const adoptionId = (id: string): string => `adopt/${id}`;

/** The one Schedule that compares what is leased with who owns it. */
export const RECONCILE_SCHEDULE_ID = 'reconcile';
/** A pass that somebody asked for; those of the Schedule are named by Temporal. */
export const reconcilePassId = (id: string): string => `reconcile/${id}`;

/** The one update id of `acquire` for a provision run: asked again, the server answers with the first one's outcome. */
export const acquireId = (provisionRunId: string): string => `acquire/${provisionRunId}`;
