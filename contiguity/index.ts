export * from './contiguity.js';
export { createContiguity } from './client.js';
export { ContiguityError } from './errors.js';
export type { CallSeen, OnCall } from './call-seen.js';
export { Pace, type Turns } from './pace.js';
export { isVendorsApi, REAL_BASE_URL, type ContiguityOptions } from './options.js';
