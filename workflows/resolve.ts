import { defineSignal, defineUpdate } from '@temporalio/workflow';
import { NAMES, type ResolveAnswer, type ResolveRequest } from '../domain/contract.js';
import { failure } from '../domain/failures.js';
import { asError, asObject, invalid } from './checks.js';
import { handleSignal, handleUpdate } from './handlers.js';
import type { LeaseRun } from './lease-run.js';
import { UNPROVEN_MS } from './release-number.js';

const DECISIONS = ['ours', 'not-ours', 'released'];
const MAX_WORD = 200;

const recoverSignal = defineSignal(NAMES.recover);
const resolveUpdate = defineUpdate<ResolveAnswer, [ResolveRequest]>(NAMES.resolve);

/**
 * An operator decides what the vendor's API cannot prove, and says what a run cannot see: that Temporal's own database was
 * restored from an older backup.
 */
export function listenForResolve(run: LeaseRun): void {
  handleUpdate(
    resolveUpdate,
    (request) => resolve(run, request),
    (request) => {
      checkResolve(request);
      checkDisputed(run, request);
    },
  );
  const recover = (): void => run.doubtHistory('an older backup of Temporal was restored');
  handleSignal(recoverSignal, recover, recover); // it needs no arguments
}

function resolve(run: LeaseRun, { decision, leaseId, by }: ResolveRequest): ResolveAnswer {
  const { memory } = run;
  run.note(`resolved by ${by}: lease ${leaseId} is ${decision}`);
  if (decision === 'released') {
    if (memory.release) memory.release.isResolved = true;
  } else {
    const key = decision === 'ours' ? 'resolvedOurs' : 'notOurs';
    memory[key] = [...(memory[key] ?? []), leaseId];
  }
  delete memory.dispute;
  run.calm('disputed');
  return { state: run.state };
}

function checkResolve(request: unknown): asserts request is ResolveRequest {
  const { decision, leaseId, by } = asObject(request, ['decision', 'leaseId', 'by']);
  if (typeof decision !== 'string' || !DECISIONS.includes(decision))
    throw invalid('decision', 'ours, not-ours or released', decision);
  if (!isWord(leaseId)) throw invalid('leaseId', "the vendor's id of the lease", leaseId);
  if (!isWord(by)) throw invalid('by', `the name of who decides, 1 to ${MAX_WORD} characters`, by);
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= MAX_WORD;
}

function checkDisputed({ memory, number }: LeaseRun, { decision, leaseId }: ResolveRequest): void {
  const { dispute, release } = memory;
  if (decision === 'released') {
    if (!release) throw notDisputed(`${number} is not being released`);
    if (Date.now() - release.firstAskedAt < UNPROVEN_MS)
      throw notDisputed(`the release of ${number} is unproven for less than 24 hours`);
    if (release.leaseId !== leaseId) throw notDisputed(`${number} is released as lease ${release.leaseId}`);
    return;
  }
  if (!dispute) throw notDisputed(`no lease of ${number} is disputed`);
  if (dispute.leaseId !== leaseId) throw notDisputed(`${number} shows lease ${dispute.leaseId} as disputed`);
}

function notDisputed(why: string) {
  return asError(failure('InvalidRequest', `nothing is resolved: ${why}`, { field: 'leaseId' }));
}
