import type { Client } from '@temporalio/client';
import { TASK_QUEUE } from '../../domain/ids.js';
import {
  addSearchAttributes,
  findSearchAttributeProblems,
  howToRetype,
} from '../../worker/search-attributes.js';
import { bounded, SERVER_LIMIT_MS } from '../calls.js';
import { stalledRuns } from '../stalled.js';
import { connectToTemporal } from '../connection.js';
import type { Place } from './session.js';

/** One thing that was looked at; a `note` is worth knowing and nothing wrong. */
export interface Check {
  what: string;
  result: 'ok' | 'wrong' | 'note';
  text: string;
  hint?: string;
}

export async function checkTemporal({ env }: Place, fix: boolean): Promise<Check[]> {
  let client: Client;
  try {
    client = await connectToTemporal({ env });
  } catch (error) {
    const hint = 'start one with `leasehold dev`, or set TEMPORAL_ADDRESS';
    return [{ what: 'Temporal', result: 'wrong', text: messageOf(error), hint }];
  }
  const { namespace } = client.options;
  const reached: Check = { what: 'Temporal', result: 'ok', text: 'answers' };
  const found = await checkNamespace(client, namespace);
  const rest =
    found.result === 'ok'
      ? [
          await checkAttributes(client, namespace, fix),
          await checkPollers(client, env.LEASEHOLD_TASK_QUEUE || TASK_QUEUE),
          await checkProgress(client),
        ]
      : [];
  await client.connection.close();
  return [reached, found, ...rest];
}

function checkNamespace(client: Client, namespace: string): Promise<Check> {
  return check(`Namespace ${namespace}`, 'create it, or set TEMPORAL_NAMESPACE', async () => {
    await bounded(client.connection, SERVER_LIMIT_MS, () =>
      client.workflowService.describeNamespace({ namespace }),
    );
    return 'exists';
  });
}

async function checkAttributes(client: Client, namespace: string, fix: boolean): Promise<Check> {
  const what = 'Search attributes';
  try {
    const { missing, mistyped } = await bounded(client.connection, SERVER_LIMIT_MS, () =>
      findSearchAttributeProblems(client.connection, namespace),
    );
    if (fix && missing.length > 0) await createAttributes(client, namespace, missing);
    const created = missing.length > 0 ? `created: ${missing.join(', ')}` : 'are all there';
    const problems = [
      ...(missing.length === 0 || fix
        ? []
        : [{ text: `missing: ${missing.join(', ')}`, hint: '`leasehold doctor --fix` creates them' }]),
      ...(mistyped.length === 0
        ? []
        : [
            {
              text: `with a wrong type: ${mistyped.join(', ')}`,
              hint: `--fix cannot change a type: ${howToRetype(mistyped)}`,
            },
          ]),
    ];
    if (problems.length === 0) return { what, result: 'ok', text: created };
    const [text, hint] = [problems.map((one) => one.text), problems.map((one) => one.hint)];
    return { what, result: 'wrong', text: text.join('; '), hint: hint.join('; ') };
  } catch (error) {
    return { what, result: 'wrong', text: messageOf(error) };
  }
}

async function createAttributes({ connection }: Client, namespace: string, missing: string[]): Promise<void> {
  await bounded(connection, SERVER_LIMIT_MS, () => addSearchAttributes(connection, namespace, missing));
}

function checkPollers(client: Client, taskQueue: string): Promise<Check> {
  return check(`Task queue ${taskQueue}`, 'start one with `leasehold worker`', async () => {
    const { pollers } = await bounded(client.connection, SERVER_LIMIT_MS, () =>
      client.workflowService.describeTaskQueue({
        namespace: client.options.namespace,
        taskQueue: { name: taskQueue },
      }),
    );
    const workers = new Set(pollers.map(({ identity }) => identity)).size;
    if (workers === 0) throw new Error('no worker polls it');
    return `${workers} ${workers === 1 ? 'worker polls' : 'workers poll'} it`;
  });
}

const MAX_NAMED = 5;

async function checkProgress(client: Client): Promise<Check> {
  const what = 'Runs';
  try {
    const { runs, isPart } = await bounded(client.connection, SERVER_LIMIT_MS, () => stalledRuns(client));
    const looked = isPart ? ', of the newest that were looked at' : '';
    if (runs.length === 0) return { what, result: 'ok', text: `all make progress${looked}` };
    const named = runs.slice(0, MAX_NAMED).map(({ workflowId, why }) => `${workflowId}: ${why}`);
    const text = `${runs.length} make no progress${looked}. ${named.join('. ')}`;
    return { what, result: 'wrong', text, hint: 'docs/runbook.md, "Runs that make no progress"' };
  } catch (error) {
    return { what, result: 'wrong', text: messageOf(error) };
  }
}

async function check(what: string, hint: string, look: () => Promise<string>): Promise<Check> {
  try {
    return { what, result: 'ok', text: await look() };
  } catch (error) {
    return { what, result: 'wrong', text: messageOf(error), hint };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
