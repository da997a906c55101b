/** Dynamic configuration that Leasehold asks of a Temporal server: see docs/deployment.md. All of it is off by default. */
export const SERVER_SETTINGS = {
  // Without it each activity takes a detour over its task queue.
  'system.enableActivityEagerExecution': true,
  // Priorities: runs of numbers go before searches for more of them.
  'matching.useNewMatcher': true,
};
