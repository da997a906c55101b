import { code, page, prose, table } from './markdown.mjs';
import { docOf, parse, typeSection } from './source.mjs';

const ABOUT =
  'How a request or a change can fail: `ApplicationFailure.type` in Temporal, `LeaseholdError.type` in the library, the end of `type` in an answer of the [gateway](../gateway.md), in brackets on the command line. Each ends what was asked, and never a lease that is held.';

/** Words from domain/failures.ts and client/errors.ts; statuses and exit codes from what gives them. */
export function failuresPage({ FAILURE_WORDS, PROBLEMS, commandFailure, LeaseholdError }) {
  const failures = parse('domain/failures.ts');
  const exitOf = (type) => String(commandFailure(new LeaseholdError(type, '')).exitCode);
  const contract = Object.entries(FAILURE_WORDS).map(([type, { when, then }]) => [
    code(type),
    prose(when),
    prose(then),
    String(PROBLEMS[type].status),
    exitOf(type),
  ]);
  const others = Object.entries(PROBLEMS).filter(([type]) => !(type in FAILURE_WORDS));
  return page(
    'Failures',
    ABOUT,
    '## Of the contract',
    table(['type', 'when', 'what to do', 'HTTP', 'exit'], contract),
    '## What a failure carries',
    ['Failure', 'LimitReached'].map((name) => typeSection(failures.types.get(name))),
    '## Of the library',
    docOf(parse('client/errors.ts').types.get('ErrorType'), '\n'),
    '## Of the gateway',
    'Answers of the gateway that are none of the contract:',
    table(
      ['type', 'HTTP', 'what'],
      others.map(([type, { status, title }]) => [code(type), String(status), prose(title)]),
    ),
  );
}
