import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import type { ResolveRequest } from '../../domain/contract.js';
import { E164_HINT, isPhoneNumber } from '../../domain/phone-number.js';
import type { Leasehold } from '../leasehold.js';
import { command, inTerminal, withTemporal, type TemporalOptions } from './command.js';
import { findPlace, withLeasehold } from './session.js';
import { table } from './tables.js';
import type { Io } from './terminal.js';
import { Refused, WrongUse } from './wrong-use.js';

interface ResolveOptions extends TemporalOptions {
  ours?: true;
  notOurs?: true;
  released?: true;
  lease?: string;
  by?: string;
  file?: string;
}

interface Decision extends ResolveRequest {
  number: string;
}

type Outcome = Pick<Decision, 'number' | 'leaseId' | 'decision'> & { state?: string; refused?: string };

export function resolveCommand(io: Io): Command {
  const what =
    'decide whose a disputed lease is, or that a release which the vendor never showed has happened';
  return withTemporal(command('resolve', what))
    .argument('[number]', 'the number, E.164')
    .option('--ours', 'the lease is ours: the run keeps it, or releases it where it is no longer wanted')
    .option('--not-ours', 'another program or person leased it: the run leaves it alone')
    .option('--released', 'the lease is over, though the vendor has not shown it for a day')
    .option('--lease <id>', "the vendor's id of the lease that is decided about")
    .option('--by <name>', 'who decides, for the record (default: the user of this machine)')
    .option('--file <path>', 'many at once: lines "<number> <ours|not-ours|released> <lease id>"')
    .action((number: string | undefined, options: ResolveOptions) => resolve(io, number, options));
}

function resolve(io: Io, number: string | undefined, options: ResolveOptions): Promise<void> {
  return inTerminal(io, options, async (terminal) => {
    const by = options.by ?? userInfo().username;
    const decisions =
      options.file === undefined ? [decisionOf(number, options, by)] : fromFile(number, options.file, by);
    const place = await findPlace(io, terminal, options);
    await withLeasehold(place, options, async (leasehold) => {
      const outcomes: Outcome[] = [];
      for (const decision of decisions) outcomes.push(await decide(leasehold, decision));
      terminal.answer(outcomes, () => inTable(outcomes));
      const refused = outcomes.filter((outcome) => outcome.refused !== undefined).length;
      if (refused > 0) throw new Refused(refused, 'resolved');
    });
  });
}

async function decide(leasehold: Leasehold, { number, ...request }: Decision): Promise<Outcome> {
  const { leaseId, decision } = request;
  try {
    const { state } = await leasehold.lease(number).resolve(request);
    return { number, leaseId, decision, state };
  } catch (error) {
    return { number, leaseId, decision, refused: error instanceof Error ? error.message : String(error) };
  }
}

function decisionOf(number: string | undefined, options: ResolveOptions, by: string): Decision {
  const given = [
    options.ours && ('ours' as const),
    options.notOurs && ('not-ours' as const),
    options.released && ('released' as const),
  ].filter((each) => each !== undefined);
  const [decision] = given;
  if (number === undefined) throw new WrongUse('name a number, or give --file');
  if (!decision || given.length > 1) throw new WrongUse('give one of --ours, --not-ours and --released');
  if (options.lease === undefined)
    throw new WrongUse('--lease is missing: the id of the lease that is decided about');
  return { ...checkedNumber(number, ''), decision, leaseId: options.lease, by };
}

function fromFile(number: string | undefined, path: string, by: string): Decision[] {
  if (number !== undefined) throw new WrongUse('a number does not go with --file');
  const lines = readLines(path);
  const decisions = lines.flatMap((line, nth) => (line === '' ? [] : [parseLine(line, nth + 1, by)]));
  if (decisions.length === 0) throw new WrongUse(`--file ${path} has no lines`);
  return decisions;
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8')
      .split(/\r?\n/)
      .map((line) => line.trim());
  } catch (error) {
    throw new WrongUse(
      `--file ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function parseLine(line: string, nth: number, by: string): Decision {
  const [number = '', decision, leaseId, ...more] = line.split(/\s+/);
  const known = (['ours', 'not-ours', 'released'] as const).find((each) => each === decision);
  if (!known || leaseId === undefined || more.length > 0)
    throw new WrongUse(`line ${nth} must be "<number> <ours|not-ours|released> <lease id>"`);
  return { ...checkedNumber(number, `line ${nth}: `), decision: known, leaseId, by };
}

function checkedNumber(number: string, where: string): { number: string } {
  if (!isPhoneNumber(number)) throw new WrongUse(`${where}the number must be ${E164_HINT}`);
  return { number };
}

function inTable(outcomes: Outcome[]): string {
  const rows = outcomes.map(({ number, leaseId, decision, state, refused }) => [
    number,
    leaseId,
    decision,
    refused === undefined ? `resolved: the run is ${state ?? 'open'}` : `refused: ${refused}`,
  ]);
  return table(['number', 'lease', 'decision', 'outcome'], rows);
}
