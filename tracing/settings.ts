import type { Tracing } from './start.js';

/** Whether there is anybody to send traces to, by the variables that OpenTelemetry gives its SDKs. */
export function isTracingOn(env: NodeJS.ProcessEnv): boolean {
  if (env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_TRACES_EXPORTER === 'none') return false;
  return Boolean(env.OTEL_EXPORTER_OTLP_TRACES_ENDPOINT || env.OTEL_EXPORTER_OTLP_ENDPOINT);
}

/** Starts it where the environment says so; else nothing of OpenTelemetry is loaded. The arguments are those of `startTracing`. */
export async function startTracingIfOn(
  env: NodeJS.ProcessEnv,
  service: string,
  onLost?: (why: string) => void,
): Promise<Tracing | undefined> {
  if (!isTracingOn(env)) return undefined;
  const { startTracing } = await import('./start.js');
  return startTracing(service, onLost);
}
