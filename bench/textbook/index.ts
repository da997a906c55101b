export {
  createTextbookActivities,
  type TextbookActivities,
  type TextbookLease,
  type TextbookRequest,
} from './activities.js';
export { createTextbookWorker, TEXTBOOK_BUNDLE, type TextbookWorkerDeps } from './worker.js';
export {
  leaseQuery,
  sendSignal,
  terminateSignal,
  textbookId,
  textbookLease,
  usableUpdate,
} from './workflow.js';
