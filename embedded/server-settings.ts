/** Dynamic configuration that Leasehold asks of a Temporal server: see docs/deployment.md. */
export const SERVER_SETTINGS = {
  // Saves a detour of each activity over its task queue; off by default in 1.29 to 1.31.
  'system.enableActivityEagerExecution': true,
  // The matcher that knows priorities: runs of numbers go before searches. Off by default in 1.29, on in 1.31.
  'matching.useNewMatcher': true,
};
