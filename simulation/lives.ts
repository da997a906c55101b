import type { WorkflowHandle } from '@temporalio/client';
import type { ProvisionRequest } from '../domain/contract.js';
import type { Ledger } from '../simulator/index.js';
import type { GuardedLives } from './guarded-lives.js';
import type { Hazards } from './hazards.js';
import type { OptOuts } from './opt-outs.js';
import type { Losses } from './losses.js';

/** What a seed does to the lives of its fleet, whatever workflows they are made of. */
export interface Lives {
  /** An answer that is there already, or a refusal, is no error. */
  start(request: ProvisionRequest): Promise<void>;
  cancelProvision(reference: string): Promise<void>;
  /** The number that a life holds or asks for. */
  numberOf(reference: string): Promise<string | undefined>;
  cancelLease(reference: string): Promise<void>;
  terminate(reference: string): Promise<void>;
  /** The run of the number that a life holds, where there is one. */
  runOf?(reference: string): Promise<WorkflowHandle | undefined>;
  send(reference: string, message: { id: string; to: string; message: string }): Promise<void>;
  /** In a seed with limits and guards, where these lives know any. */
  readonly guarded?: GuardedLives | undefined;
  /** What may be done to runs at Temporal, where these lives stand it. */
  readonly hazards?: Hazards | undefined;
  readonly optOuts?: OptOuts | undefined;
  /** Before the last are told to give back: numbers that are leased, each owned by a run that may not be known of yet. */
  noteOwners?(numbers: string[]): Promise<void>;
  /** In this order: who is told to give back, and whose end is waited for. */
  endings(): Ending[];
  verdict(evidence: { ledger: Ledger; skewMs: number }): Promise<Verdict>;
}

export interface Ending {
  cancelFirst: boolean;
  runs(): WorkflowHandle[];
}

/** What became of a fleet. */
export interface Verdict {
  /** Each in words; none: the promise was kept. */
  violations: string[];
  /** number → what happened to it, in order, for a violation that names it. */
  story: Map<string, string[]>;
  losses: Losses;
  /** Only of a seed with limits and guards. */
  guarded?: GuardCounts;
}

/** How much of limits and guards a seed has seen: where these are 0, nothing was tested. */
export interface GuardCounts {
  seeds: number;
  /** Leases that were protected for a while, and ends that were undone. */
  protected: number;
  restored: number;
  adopted: number;
  /** Numbers that were refused for a limit. */
  refused: number;
}
