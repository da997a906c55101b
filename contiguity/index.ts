export * from './contiguity.js';
export { createContiguity, REAL_BASE_URL, type ContiguityOptions } from './client.js';
export { ContiguityError } from './errors.js';
