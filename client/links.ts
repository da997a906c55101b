/** Page of a run in the Temporal UI; without a run id, of the newest run of that id. Undefined where no UI is known. */
export function runLink(
  ui: string | undefined,
  namespace: string,
  workflowId: string,
  runId?: string,
): string | undefined {
  if (!ui) return undefined;
  const run = `${ui.replace(/\/+$/, '')}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(workflowId)}`;
  return runId ? `${run}/${encodeURIComponent(runId)}/history` : run;
}
