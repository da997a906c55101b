/** What other programs and people do to runs, and what must not follow from it. */
const SURVEY = 'activities/survey-leases.ts';
const LIMITS = 'test/all/inprocess/limits.test.ts';
const KILLED =
  'a pass of reconcile frees the room of a run that was killed, once its number cannot be leased any more';

export const ON_RUNS = [
  {
    name: 'the room of a killed run is free at once',
    file: SURVEY,
    find: `return isSettled && (await isNotLeased(shared, number)) ? 'ended' : 'killed';`,
    replace: `return isSettled !== null && (await isNotLeased(shared, number)) ? 'ended' : 'killed';`,
    in: LIMITS,
    test: KILLED,
  },
  {
    name: 'the room of a killed run is free while its number is leased',
    file: SURVEY,
    find: `return read.answered && !read.value;`,
    replace: `return read.answered;`,
    in: LIMITS,
    test: KILLED,
  },
  {
    name: 'a run that cannot be decoded holds nothing',
    file: SURVEY,
    find: `if (!input) return unreadableLease(run, firstRunId);`,
    replace: `if (!input) return unreadableLease(run, firstRunId) && undefined;`,
    in: 'test/server/undecodable.test.ts',
    test: 'a run that this process cannot decrypt counts as holding its number, and fails nothing else',
  },
  {
    name: 'a run that is paused is in no list',
    file: 'domain/run-status.ts',
    find: 'export const OPEN_RUNS = `ExecutionStatus NOT IN ${CLOSED_WORDS}`;',
    replace: `export const OPEN_RUNS = "ExecutionStatus = 'Running'";`,
    in: 'test/unit/client-words.test.ts',
    test: 'queryOf asks for open leases unless told otherwise, and quotes what callers give',
  },
  {
    name: 'an argument that does not decode reaches the handler',
    file: 'workflows/handlers.ts',
    find: `return args.find((arg) => arg instanceof Undecodable)?.undecodable;`,
    replace: `return args.find((arg) => arg instanceof Undecodable)?.undecodable && undefined;`,
    in: 'test/server/undecodable.test.ts',
    test: 'a lease goes on after signals that do not decode, and records them',
  },
];
