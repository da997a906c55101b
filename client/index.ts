/** The library that services import: `import { Leasehold } from 'leasehold'`. */
export { Leasehold, type LeaseholdOptions } from './leasehold.js';
export type { AuditOptions } from './audit/audit.js';
export type * from './audit/record.js';
export type { ConnectOptions } from './connection.js';
export { LeaseholdError, type ErrorType } from './errors.js';
export type { Lease, OutgoingMessage } from './lease.js';
export type { WaitOptions } from './lease-state.js';
export type { LeaseSummary, ListOptions } from './list.js';
export type { Page, PageOptions } from './pages.js';
export type { Adoption } from './account.js';
export type { ReconcilePass, ReconcileSchedule } from './reconcile-schedule.js';
export type * from './selection.js';
export type { Batch, BatchReport } from './many.js';
export type { Provision, ProvisionedLease } from './provision.js';
export type * from '../domain/contract.js';
export type * from '../domain/adoption.js';
export type * from '../domain/reconciliation.js';
export type * from '../domain/plans.js';
export type {
  ManyBudget,
  ManyFailure,
  ManyItem,
  ManyItemState,
  ManyReport,
  ManyRequest,
  ManyStop,
} from '../domain/many.js';
export type { Billing, BillingMethod, Pricing } from '../domain/number-record.js';
export type { Labels } from '../domain/labels.js';
export type { Failure, FailureType, LimitReached } from '../domain/failures.js';
export type { ScopeFigures, SpendingFigures, SpendingLimit, SpendingLimits } from '../domain/spending.js';
export type { Limits } from '../domain/money.js';
export type { Duration } from '../domain/duration.js';
export type { PhoneNumber } from '../domain/phone-number.js';
