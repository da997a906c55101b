import { code, page, prose, table } from './markdown.mjs';
import { SECTIONS } from './variables.mjs';

const ABOUT =
  'Every environment variable that Leasehold reads. A worker or a gateway does not start with a wrong value, and names it. An empty value counts as not set, unless its row says otherwise. What the compose file takes beside these: [deployment](../deployment.md).';
/** No variable may have it, so every check says what it wants instead. */
const WRONG = '\n';

/** Words and defaults of a schema's variables come from the schema, the others from the list. */
export function environmentPage({ gatewaySettings, workerSettings }) {
  const schemas = variablesOf({ ...gatewaySettings.shape, ...workerSettings.shape });
  const listed = SECTIONS.flatMap(({ variables }) => Object.keys(variables));
  const missing = Object.keys(schemas).filter((name) => !listed.includes(name));
  if (missing.length > 0) throw new Error(`scripts/reference/variables.mjs lacks ${missing.join(', ')}`);
  return page(
    'Environment',
    ABOUT,
    SECTIONS.flatMap((section) => sectionOf(section, schemas)),
  );
}

function sectionOf({ title, about, variables, more }, schemas) {
  const rows = Object.entries(variables).map(([name, listed]) =>
    rowOf(name, { ...schemas[name], ...listed }),
  );
  return [
    `## ${title}`,
    about ?? [],
    table(['variable', 'read by', 'what', 'default'], rows),
    more ? `More: ${more.map((name) => `[${name}](../${name}.md)`).join(', ')}.` : [],
  ].flat();
}

function rowOf(name, { readBy, means, form, byDefault = 'not set' }) {
  if (means === undefined) throw new Error(`${name} has no words: describe it in its schema or in the list`);
  return [code(name), readBy, prose(form === undefined ? means : `${means}; ${form}`), byDefault];
}

/** Options of the command line are checked together with variables. */
function variablesOf(shape) {
  const fields = Object.entries(shape).filter(([name]) => !name.startsWith('--'));
  return Object.fromEntries(fields.map(([name, field]) => [name, factsOf(field)]));
}

function factsOf(field) {
  const unset = field.safeParse(undefined);
  const byDefault = unset.data === undefined ? 'not set' : code(unset.data);
  return { means: field.description, form: formOf(field), byDefault: unset.success ? byDefault : 'required' };
}

/** What the check itself asks for; a value that is read as a file's name only says that there is none. */
function formOf(field) {
  const wanted = field.safeParse(WRONG).error?.issues[0]?.message;
  return wanted?.startsWith('must ') ? wanted : undefined;
}
