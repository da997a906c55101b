import { workflowInfo } from '@temporalio/workflow';

/** Events and bytes of a history after which a run goes on in a new one: well below Temporal's 51,200 events and 50 MB. */
const LONG_HISTORY = 4_000;
const LARGE_HISTORY = 8_000_000;

/** Whether the run should go on in a new one, as soon as nothing is half done. */
export function isHistoryLong(): boolean {
  const { continueAsNewSuggested, historyLength, historySize } = workflowInfo();
  return continueAsNewSuggested || historyLength > LONG_HISTORY || historySize > LARGE_HISTORY;
}
