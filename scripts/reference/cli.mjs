import { code, page, prose, table } from './markdown.mjs';

const ABOUT =
  'Every command of `leasehold`, as `--help` tells it. In a clone it is `npm run -s leasehold -- <command>`.';
const SILENT = { env: {}, out: () => undefined, err: () => undefined, live: false };

/** The commands, from the objects that read the command line. */
export function cliPage({ build }) {
  const program = build(SILENT);
  const commands = program.commands.flatMap((command) => [command, ...command.commands]);
  const shared = sharedOptions(commands);
  return page(
    'Commands',
    ABOUT,
    prose(closingWords(program)),
    table(['command', 'what'], commands.map(entryOf)),
    '## Options of most commands',
    optionTable(shared),
    commands.flatMap((command) => sectionOf(command, shared)),
  );
}

function entryOf(command) {
  const name = nameOf(command);
  return [`[${code(name)}](#${name.replace(' ', '-')})`, prose(command.description())];
}

function sectionOf(command, shared) {
  const own = command.options.filter((option) => !option.hidden && !shared.some(isAlike(option)));
  const also = command.options.filter((option) => shared.some(isAlike(option)));
  const help = command.createHelp();
  const takes = command.registeredArguments.map((argument) => [
    code(help.argumentTerm(argument)),
    prose(help.argumentDescription(argument)),
  ]);
  return [
    `## ${nameOf(command)}`,
    prose(command.description()),
    `\`\`\`\n${help.commandUsage(command)}\n\`\`\``,
    table(['argument', 'what'], takes),
    optionTable(own),
    also.length === 0 ? [] : `Also ${also.map(({ flags }) => code(flags)).join(', ')}.`,
    prose(closingWords(command)),
  ].flat();
}

/** `codec key` */
function nameOf(command) {
  const isTop = command.parent?.parent === null;
  return isTop ? command.name() : `${command.parent.name()} ${command.name()}`;
}

/** Those of more than half of the commands: told once. */
function sharedOptions(commands) {
  const all = commands.flatMap(({ options }) => options);
  const isOften = (option) => all.filter(isAlike(option)).length > commands.length / 2;
  return all.filter((option, at) => isOften(option) && all.findIndex(isAlike(option)) === at);
}

function isAlike({ flags, description }) {
  return (other) => other.flags === flags && other.description === description;
}

function optionTable(options) {
  const rows = options.map((option) => [code(option.flags), prose(meaningOf(option))]);
  return table(['option', 'what'], rows);
}

function meaningOf({ description, argChoices, defaultValue, defaultValueDescription, mandatory }) {
  const facts = [
    ...(mandatory ? ['required'] : []),
    ...(argChoices ? [`one of ${argChoices.map(code).join(', ')}`] : []),
    ...(typeof defaultValue === 'string' || typeof defaultValue === 'number'
      ? [`default: ${code(defaultValueDescription ?? defaultValue)}`]
      : []),
  ];
  return facts.length === 0 ? description : `${description} (${facts.join('; ')})`;
}

/** What help says after the options: commander keeps it as a listener and not as a text. */
function closingWords(command) {
  const said = [];
  command.emit('afterHelp', { command, error: false, write: (text) => said.push(text) });
  return said.join('\n').trim();
}
