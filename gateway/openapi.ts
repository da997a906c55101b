import { z } from 'zod';
import { adoptRequest } from '../domain/account-requests.js';
import { extendRequest, message, provisionRequest } from '../domain/request.js';
import type { Operation } from './operation.js';
import { PROBLEMS, type ProblemType } from './problems.js';
import { components, named, problem } from './schemas.js';

type Json = Record<string, unknown>;

named('ProvisionRequest', provisionRequest);
named('MessageRequest', message);
named('ExtendRequest', extendRequest);
named('AdoptRequest', adoptRequest);

const DESCRIPTION = `Lease phone numbers, send from them and give them back.

Every answer that was lost may be asked for again: the reference of a request and the id of a text make it the same one.
Where something takes longer than the caller waits, the answer is 202 with a \`Location\` to look at. Errors are
\`application/problem+json\`: branch on \`type\`. Answers may grow: let unknown fields be.`;

/** The OpenAPI 3.1 document of these operations, made from the schemas that check requests. */
export function openApiOf(operations: readonly Operation[], version: string): Json {
  const schemas = new Schemas(operations);
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = (paths[operation.path] ??= {});
    path[operation.method.toLowerCase()] = describe(operation, schemas);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Leasehold', version, description: DESCRIPTION },
    servers: [{ url: '/' }],
    security: [{ key: [] }],
    paths,
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'A key of the scope `read` or `full`.' },
      },
      schemas: schemas.named,
    },
  };
}

function describe(operation: Operation, schemas: Schemas): Json {
  const { id, tag, summary, description, scope, body } = operation;
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: [description, `Needs a key of the scope \`${scope}\`.`].filter(Boolean).join('\n\n'),
    parameters: [
      ...schemas.parameters('path', operation.params),
      ...schemas.parameters('query', operation.query),
      ...headersOf(operation),
    ],
    ...(body && {
      requestBody: {
        required: operation.needsBody,
        content: { 'application/json': { schema: schemas.of(body) } },
      },
    }),
    responses: { ...answersOf(operation, schemas), ...problemsOf(operation, schemas) },
  };
}

function headersOf({ key, waitMs }: Operation): Json[] {
  const header = (name: string, description: string, example: string) => {
    return { name, in: 'header', description: withExample(description, example), schema: { type: 'string' } };
  };
  return [
    ...(key === undefined
      ? []
      : [header('Idempotency-Key', `Stands for the field \`${key}\` of the body.`, 'campaign-42')]),
    ...(waitMs === undefined
      ? []
      : [header('Prefer', 'How many seconds to wait; 60 are the most.', 'wait=30')]),
  ];
}

/** In words: the page fills examples of what may be left out into its form, and sends them. */
function withExample(description: string | undefined, example: string): string {
  return [description, `Such as \`${example}\`.`].filter((part) => part !== undefined).join(' ');
}

function answersOf({ answers }: Operation, schemas: Schemas): Json {
  const entries = Object.entries(answers).map(([status, { description, schema, location }]) => [
    status,
    {
      description,
      ...(location !== undefined && {
        headers: { Location: { description: `Leads to ${location}.`, schema: { type: 'string' } } },
      }),
      content: { 'application/json': { schema: schemas.of(schema) } },
    },
  ]);
  return Object.fromEntries(entries) as Json;
}

const EVERYWHERE: ProblemType[] = [
  'InvalidRequest',
  'RateLimited',
  'UnexpectedResponse',
  'NoAnswer',
  'Unreachable',
  'NotSetUp',
  'Overloaded',
];

function problemsOf(operation: Operation, schemas: Schemas): Json {
  const content = { 'application/problem+json': { schema: schemas.of(problem) } };
  const words: Record<string, string[]> = { 401: ['No key, or a wrong one.'], 500: ['A fault of ours.'] };
  if (operation.scope === 'full') words[403] = ['The key may only read.'];
  if (operation.body) {
    words[413] = ['The body is larger than 1 MiB.'];
    words[415] = ['The body is not JSON.'];
  }
  for (const type of new Set([...operation.problems, ...EVERYWHERE])) {
    const { status, title } = PROBLEMS[type];
    words[status] = [...(words[status] ?? []), `\`${type}\`: ${title}.`];
  }
  const entries = Object.entries(words).map(([status, all]) => [
    status,
    { description: all.join(' '), content },
  ]);
  return Object.fromEntries(entries) as Json;
}

const REF = '#/components/schemas/';

/** Schemas as JSON Schema; those with a name are referred to by it. */
class Schemas {
  readonly named: Record<string, Json>;
  private readonly inline: Map<z.ZodType, Json>;

  /** Converts all of them at once: each conversion goes through every schema with a name. */
  constructor(operations: readonly Operation[]) {
    const used = operations.flatMap(({ params, query, body, answers }) => [
      params,
      query,
      ...(body ? [body] : []),
      ...Object.values(answers).map(({ schema }) => schema),
    ]);
    const unnamed = [...new Set(used)].filter((schema) => !components.has(schema));
    const ids = unnamed.map((schema, nth): [z.ZodType, string] => [schema, `unnamed ${nth}`]);
    const converted = convert(new Map([...components, ...ids]));
    this.named = Object.fromEntries([...components.values()].map((id) => [id, converted[id] ?? {}]));
    this.inline = new Map(ids.map(([schema, id]) => [schema, converted[id] ?? {}]));
  }

  of(schema: z.ZodType): Json {
    const id = components.get(schema);
    return id === undefined ? (this.inline.get(schema) ?? {}) : { $ref: `${REF}${id}` };
  }

  parameters(where: 'path' | 'query', shape: z.ZodObject): Json[] {
    const { properties = {}, required = [] } = this.of(shape) as {
      properties?: Record<string, Json>;
      required?: string[];
    };
    return Object.entries(properties).map(([name, { description, examples, ...schema }]) => {
      const isRequired = required.includes(name);
      const [example] = isRequired || !Array.isArray(examples) ? [] : (examples as string[]);
      const words =
        example === undefined ? description : withExample(description as string | undefined, example);
      return {
        name,
        in: where,
        required: isRequired,
        ...(words !== undefined && { description: words }),
        schema: isRequired && examples !== undefined ? { ...schema, examples } : schema,
      };
    });
  }
}

function convert(named: typeof components): Record<string, Json> {
  const registry = z.registry<{ id: string }>();
  for (const [schema, id] of named) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    io: 'input',
    unrepresentable: 'any',
    uri: (id) => `${REF}${id}`,
  });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, withoutNames(schema)]));
}

/** In this document a schema's place is its name. */
function withoutNames(schema: Json): Json {
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== '$schema' && key !== '$id'));
}
