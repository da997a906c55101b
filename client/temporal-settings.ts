import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import {
  loadClientConfigProfile,
  loadConfigData,
  toClientOptions,
  type ClientConfigProfile,
  type ClientConfigTLS,
  type ClientConnectConfig,
} from '@temporalio/envconfig';

type Source = NonNullable<ClientConfigTLS['clientCert']>;

/**
 * Where Temporal is and how to get in: a profile of Temporal's configuration file, with `TEMPORAL_*` above it, read by
 * Temporal's own library. What that library lets pass and cannot work is a problem here: half a pair of certificate
 * and key, a pair that does not belong together, a switch that is neither true nor false. One line for each problem;
 * none shows a key. An empty value counts as not set.
 *
 * @see https://docs.temporal.io/develop/environment-configuration
 */
export function readTemporalSettings(
  env: NodeJS.ProcessEnv,
): { settings: ClientConnectConfig } | { problem: string } {
  const given = Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1]));
  try {
    const profile = loadClientConfigProfile({ overrideEnvVars: Object.fromEntries(given) });
    const problems = [...switchProblems(env), ...tlsProblems(profile)];
    return problems.length === 0 ? { settings: toClientOptions(profile) } : inOne(problems);
  } catch (error) {
    return inOne([error instanceof Error ? error.message : String(error)]);
  }
}

function inOne(problems: string[]): { problem: string } {
  return { problem: `Temporal's settings (TEMPORAL_*) are not right: ${problems.join('; ')}` };
}

function switchProblems({ TEMPORAL_TLS: tls }: NodeJS.ProcessEnv): string[] {
  if (!tls || /^(true|false|1|0)$/i.test(tls)) return [];
  return [`TEMPORAL_TLS must be true or false, got ${JSON.stringify(tls)}`];
}

function tlsProblems({ tls, apiKey }: ClientConfigProfile): string[] {
  if (!tls) return [];
  const { clientCert, clientKey, serverCACert, disabled } = tls;
  if (disabled) {
    if (apiKey !== undefined) return ['TEMPORAL_API_KEY would travel in clear: TLS is turned off'];
    const isGiven = [clientCert, clientKey, serverCACert].some((part) => part !== undefined);
    return isGiven ? ['certificates are given and TLS is turned off: take out one of them'] : [];
  }
  const authority = serverCACert && certificate(serverCACert, 'TEMPORAL_TLS_SERVER_CA_CERT');
  const problems = typeof authority === 'string' ? [authority] : [];
  return [...problems, ...pairProblems(clientCert, clientKey)];
}

function pairProblems(clientCert: Source | undefined, clientKey: Source | undefined): string[] {
  if (!clientCert && !clientKey) return [];
  if (!clientKey) return [missing('KEY', 'certificate')];
  if (!clientCert) return [missing('CERT', 'key')];
  const shown = certificate(clientCert, 'TEMPORAL_TLS_CLIENT_CERT');
  const key = privateKey(clientKey);
  if (typeof shown === 'string' || typeof key === 'string') {
    return [shown, key].filter((part) => typeof part === 'string');
  }
  if (shown.checkPrivateKey(key)) return [];
  return ['TEMPORAL_TLS_CLIENT_CERT and TEMPORAL_TLS_CLIENT_KEY do not belong together'];
}

function missing(part: 'CERT' | 'KEY', other: string): string {
  return `TEMPORAL_TLS_CLIENT_${part}_PATH (or _DATA) is not set: a client's ${other} is given without it`;
}

/** A problem as a text. */
function certificate(source: Source, variable: string): X509Certificate | string {
  const bytes = bytesOf(source, variable);
  if (typeof bytes === 'string') return bytes;
  try {
    return new X509Certificate(bytes);
  } catch {
    return `${variable}_PATH (or _DATA) must be a certificate in PEM`;
  }
}

function privateKey(source: Source): KeyObject | string {
  const bytes = bytesOf(source, 'TEMPORAL_TLS_CLIENT_KEY');
  if (typeof bytes === 'string') return bytes;
  try {
    return createPrivateKey(bytes);
  } catch {
    return 'TEMPORAL_TLS_CLIENT_KEY_PATH (or _DATA) must be a private key in PEM, without a passphrase';
  }
}

function bytesOf(source: Source, variable: string): Buffer | string {
  try {
    return Buffer.from(loadConfigData(source) ?? []);
  } catch (error) {
    return `${variable}_PATH cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}
