/**
 * Every variable that a process of ours reads, and which processes do. Those of a schema (worker/config.ts,
 * gateway/config.ts) have their words there; test/unit/reference.test.ts holds the list against the code.
 */
const ALL = 'worker, gateway, commands, library';
const CERTIFICATE = 'in PEM; give a path or the data';

export const SECTIONS = [
  {
    title: 'Temporal',
    about:
      "Read by Temporal's own library, above a profile of [its configuration file](https://docs.temporal.io/develop/environment-configuration). `TEMPORAL_CODEC_*` and `TEMPORAL_TLS_DISABLE_HOST_VERIFICATION`, which other tools of Temporal read, do nothing here.",
    variables: {
      TEMPORAL_ADDRESS: {
        readBy: ALL,
        means: 'where its server is, host:port; with it, commands leave the stack that runs here alone',
        byDefault: '`localhost:7233`',
      },
      TEMPORAL_NAMESPACE: { readBy: ALL, means: 'the namespace', byDefault: '`default`' },
      TEMPORAL_API_KEY: { readBy: ALL, means: 'a key of Temporal Cloud, a secret; turns TLS on' },
      TEMPORAL_PROFILE: {
        readBy: ALL,
        means: 'which profile of the configuration file; it must be there',
        byDefault: '`default`',
      },
      TEMPORAL_CONFIG_FILE: {
        readBy: ALL,
        means: 'the path of that file',
        byDefault: "`temporalio/temporal.toml` in the user's folder for settings",
      },
      TEMPORAL_TLS: {
        readBy: ALL,
        means: 'true or false',
        byDefault: 'on with a key, a certificate or a server name',
      },
      TEMPORAL_TLS_SERVER_CA_CERT_PATH: { readBy: ALL, means: `who vouches for the server, ${CERTIFICATE}` },
      TEMPORAL_TLS_SERVER_CA_CERT_DATA: { readBy: ALL, means: 'the same as data' },
      TEMPORAL_TLS_SERVER_NAME: { readBy: ALL, means: "the name in the server's certificate" },
      TEMPORAL_TLS_CLIENT_CERT_PATH: { readBy: ALL, means: `our own certificate, ${CERTIFICATE}` },
      TEMPORAL_TLS_CLIENT_CERT_DATA: { readBy: ALL, means: 'the same as data' },
      TEMPORAL_TLS_CLIENT_KEY_PATH: {
        readBy: ALL,
        means: 'the key of that certificate, in PEM without a passphrase; both or neither',
      },
      TEMPORAL_TLS_CLIENT_KEY_DATA: { readBy: ALL, means: 'the same as data, a secret' },
      'TEMPORAL_GRPC_META_*': {
        readBy: ALL,
        means: 'a header of every call: its name is the rest in lower case, with `-` for the first `_`',
      },
      TEMPORAL_UI_URL: {
        readBy: 'gateway, commands, library, codec server',
        means: 'base URL of the Temporal UI, for links; its pages may ask the codec server; empty: none',
        byDefault: 'for commands that of the stack that runs here',
      },
    },
  },
  {
    title: 'Workers and who asks them',
    variables: {
      LEASEHOLD_TASK_QUEUE: { readBy: ALL },
      LEASEHOLD_LOG_LEVEL: { readBy: 'worker, gateway' },
      LEASEHOLD_BUILD_ID: { readBy: 'worker', byDefault: 'none: it takes the work of every run' },
      LEASEHOLD_DEPLOYMENT: { readBy: 'worker; `versions`, `replay`', byDefault: '`leasehold`' },
      LEASEHOLD_METRICS_ADDRESS: { readBy: 'worker', byDefault: 'nowhere' },
      LEASEHOLD_HEALTH_ADDRESS: { readBy: 'worker', byDefault: 'nowhere' },
    },
    more: ['versions', 'telemetry'],
  },
  {
    title: "The vendor's API",
    variables: {
      CONTIGUITY_API_KEY: { readBy: 'worker; `find`, `doctor`' },
      CONTIGUITY_BASE_URL: {
        readBy: 'worker, commands',
        byDefault: 'the real API; what can spend needs `--live` at any host of the vendor',
      },
      LEASEHOLD_API_RATE: { readBy: 'worker', byDefault: 'as often as it answers' },
      LEASEHOLD_LIMITS: { readBy: 'worker', byDefault: 'no limit' },
      LEASEHOLD_OVER_STATUSES: { readBy: 'worker', byDefault: 'none' },
    },
    more: ['limits', 'rate-limits'],
  },
  {
    title: 'Webhooks and events',
    variables: {
      LEASEHOLD_WEBHOOK_SECRETS: { readBy: 'gateway', byDefault: 'no webhook is taken' },
      LEASEHOLD_EVENTS_URL: {
        readBy: 'worker; gateway, for incoming texts',
        byDefault: 'nowhere',
      },
      LEASEHOLD_EVENTS_SECRET: { readBy: 'worker' },
    },
    more: ['webhooks'],
  },
  {
    title: 'Keys of the gateway',
    variables: {
      LEASEHOLD_GATEWAY_KEYS: {
        readBy: 'gateway',
        means:
          'who may call: entries `name:scope:sha256`, by commas or lines; `leasehold gateway key` makes one',
        byDefault: 'required here or in the file, but for `--no-auth`',
      },
      LEASEHOLD_GATEWAY_KEYS_FILE: {
        readBy: 'gateway',
        means: 'the path of a file with more of them; lines that begin with `#` are remarks',
      },
    },
    more: ['gateway'],
  },
  {
    title: 'Encryption',
    variables: {
      LEASEHOLD_ENCRYPTION_KEYS: {
        readBy: `${ALL}, codec server`,
        means:
          'entries `id:key`, by commas or lines; the first encrypts, all decrypt; `leasehold codec key` makes one; secrets',
        byDefault: 'nothing is encrypted; the codec server needs it',
      },
      LEASEHOLD_ENCRYPTION_KEYS_FILE: {
        readBy: `${ALL}, codec server`,
        means: 'the path of a file with the same; one of the two',
      },
      LEASEHOLD_CODEC_TOKEN: {
        readBy: 'codec server',
        means: 'what whoever asks must know, a secret of at least 16 characters without spaces',
        byDefault: 'nobody is asked; beyond this machine it is required, but for `--no-token`',
      },
      LEASEHOLD_CODEC_ORIGINS: {
        readBy: 'codec server',
        means: 'origins of Temporal UIs whose pages may ask, by commas; `--origin` wins; empty: none',
        byDefault: 'that of `TEMPORAL_UI_URL`, or of the stack that runs here',
      },
    },
    more: ['encryption'],
  },
  {
    title: 'Traces',
    about:
      "These are read here. The rest of [OpenTelemetry's variables](https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/) (`OTEL_EXPORTER_OTLP_*`, `OTEL_TRACES_SAMPLER`, `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_BSP_*`) its own SDK reads, once traces are on.",
    variables: {
      OTEL_EXPORTER_OTLP_ENDPOINT: {
        readBy: 'worker, gateway, commands',
        means: 'who takes traces, over OTLP/HTTP',
        byDefault: 'no traces',
      },
      OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: {
        readBy: 'worker, gateway, commands',
        means: 'the same, for traces alone and with the whole path',
        byDefault: 'no traces',
      },
      OTEL_TRACES_EXPORTER: { readBy: 'worker, gateway, commands', means: '`none` turns traces off' },
      OTEL_SDK_DISABLED: { readBy: 'worker, gateway, commands', means: '`true` turns traces off' },
    },
    more: ['telemetry'],
  },
  {
    title: 'The stack on this machine',
    variables: {
      LEASEHOLD_CACHE: {
        readBy: '`start`, `dev`, `npm` scripts',
        means: 'folder in which fetched servers, and a fetched Node, are kept',
        byDefault: "`leasehold` in the user's folder for caches",
      },
    },
  },
];
