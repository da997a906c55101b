import type { Operation } from '../operation.js';
import { accountOperations } from './account.js';
import { changeOperations } from './changes.js';
import { leaseOperations } from './leases.js';
import { messageOperations } from './messages.js';
import { provisionOperations } from './provisions.js';

/** Everything that can be asked of the gateway. */
export const OPERATIONS: readonly Operation[] = [
  ...provisionOperations,
  ...leaseOperations,
  ...changeOperations,
  ...messageOperations,
  ...accountOperations,
];
