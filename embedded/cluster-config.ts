import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HOST } from './ports.js';
import { POSTGRES_USER } from './postgres.js';
import { SERVER_SETTINGS } from './server-settings.js';

/** Name of the configuration: `<folder>/config/leasehold.yaml`. */
export const CONFIG_NAME = 'leasehold';
/** The server's two databases, each with the name of its schema inside the SQL tool. */
export const DATABASES = {
  temporal: 'postgresql/v12/temporal',
  temporal_visibility: 'postgresql/v12/visibility',
} as const;
/** Cannot be changed once the databases are made. */
const SHARDS = 4;
const SERVICES = ['frontend', 'history', 'matching', 'worker'] as const;
/** Each service has one for calls and one by which the services find each other. */
export const PORTS = SERVICES.length * 2;

export interface ClusterConfig {
  /** `PORTS` of them; clients use the first one, the frontend's. */
  ports: number[];
  postgres: { port: number; password: string };
  /** Of its dynamic configuration, in place of those that Leasehold asks for or beside them. */
  settings?: Record<string, boolean | number | string> | undefined;
}

/** Writes what the server reads at its start below `folder`; JSON, which is YAML as well. The password is in it. */
export async function writeClusterConfig(folder: string, config: ClusterConfig): Promise<void> {
  const home = join(folder, 'config');
  await mkdir(home, { recursive: true });
  const write = (name: string, content: object) =>
    writeFile(join(home, name), `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600 });
  await write(`${CONFIG_NAME}.yaml`, staticConfig(config));
  await write('dynamic.yaml', dynamicConfig(config.settings));
}

function staticConfig({ ports, postgres }: ClusterConfig): object {
  const store = (databaseName: keyof typeof DATABASES, maxConns: number) => ({
    sql: {
      pluginName: 'postgres12',
      databaseName,
      connectAddr: `${HOST}:${postgres.port}`,
      connectProtocol: 'tcp',
      user: POSTGRES_USER,
      password: postgres.password,
      maxConns,
      maxIdleConns: maxConns,
      maxConnLifetime: '1h',
    },
  });
  return {
    log: { stdout: true, level: 'warn' },
    persistence: {
      defaultStore: 'default',
      visibilityStore: 'visibility',
      numHistoryShards: SHARDS,
      datastores: { default: store('temporal', 20), visibility: store('temporal_visibility', 10) },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: HOST } },
    services: Object.fromEntries(
      SERVICES.map((name, nth) => {
        const [grpcPort, membershipPort] = [ports[nth], ports[nth + SERVICES.length]];
        return [name, { rpc: { grpcPort, membershipPort, bindOnLocalHost: true } }];
      }),
    ),
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: {
          enabled: true,
          initialFailoverVersion: 1,
          rpcName: 'frontend',
          rpcAddress: `${HOST}:${ports[0] ?? 0}`,
        },
      },
    },
    dynamicConfigClient: { filepath: 'config/dynamic.yaml', pollInterval: '10s' },
  };
}

/** What Leasehold asks of a cluster, and what lets a namespace be used as soon as it is made. */
function dynamicConfig(others: ClusterConfig['settings']): object {
  const settings = {
    ...SERVER_SETTINGS,
    // Worker Versioning; on by default in this version.
    'system.enableDeploymentVersions': true,
    'frontend.workerVersioningWorkflowAPIs': true,
    // As the development server has it, which also meets a new namespace for every test.
    'system.forceSearchAttributesCacheRefreshOnRead': true,
    'system.namespaceCacheRefreshInterval': '1s',
    'frontend.namespaceRPS.visibility': 100,
    ...others,
  };
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, [{ value }]]));
}
