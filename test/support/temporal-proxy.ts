/** Stands between a worker process and its Temporal server, and sees each call whole: by its name and what it carries. */
import { once } from 'node:events';
import {
  connect,
  constants,
  createServer as createHttp2Server,
  type ClientHttp2Session,
  type Http2Server,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { connect as connectTcp, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

/** One call of the worker's on its way to the server, or the server's answer on its way back. */
export interface TemporalCall {
  /** `RespondActivityTaskCompleted`. */
  method: string;
  /** What the worker says, or the task that its poll got, as text: names, ids and JSON in it are readable. */
  carries: string;
  way: 'to the server' | 'to the worker';
}

/** `hold`: it goes no further, and nothing else does from then on. `refuse`: the worker is told that it may not. */
export type Verdict = 'pass' | 'hold' | 'refuse';
export type Watch = (call: TemporalCall) => Verdict;

interface Answer {
  headers: OutgoingHttpHeaders;
  body: Buffer;
  trailers: OutgoingHttpHeaders;
}

const HOST = '127.0.0.1';
/** A gRPC message begins with a flag (compressed or not) and its length. */
const PREFIX_BYTES = 5;
const PERMISSION_DENIED: OutgoingHttpHeaders = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-status': '7',
  'grpc-message': 'refused by the test',
};

/** Every call of a worker has one message each way, so each is read whole before it goes on. */
export class TemporalProxy {
  private silent = false;
  private upstream: ClientHttp2Session | undefined;
  private readonly wires = new Set<Socket>();

  private constructor(
    private readonly serverAddress: string,
    private readonly watch: Watch,
    private readonly calls: Http2Server,
    /** In front of the calls: where connections break, they break here. */
    private readonly door: Server,
  ) {}

  static async open(serverAddress: string, watch: Watch): Promise<TemporalProxy> {
    const proxy: TemporalProxy = new TemporalProxy(
      serverAddress,
      watch,
      createHttp2Server(),
      createServer((wire) => proxy.relay(wire)),
    );
    proxy.calls.on('stream', (stream, headers) => {
      stream.on('error', () => undefined); // the worker is gone
      proxy.pass(stream, headers).catch(() => stream.close(constants.NGHTTP2_INTERNAL_ERROR));
    });
    await listen(proxy.calls);
    await listen(proxy.door);
    proxy.connect();
    return proxy;
  }

  /** Where the worker finds it. */
  get address(): string {
    return `${HOST}:${portOf(this.door)}`;
  }

  /** As if the server's machine were off: connections break, and new ones break at once. */
  down(): void {
    this.silent = true;
    for (const wire of this.wires) wire.destroy();
  }

  /** The server is there again. */
  up(): void {
    this.connect();
    this.silent = false;
  }

  close(): void {
    this.down();
    this.door.close();
    this.calls.close();
    this.upstream?.close();
  }

  private connect(): void {
    this.upstream = connect(`http://${this.serverAddress}`);
    this.upstream.on('error', () => undefined); // who killed the server knows
  }

  private relay(wire: Socket): void {
    wire.on('error', () => undefined).on('close', () => this.wires.delete(wire));
    if (this.silent) {
      wire.destroy();
      return;
    }
    this.wires.add(wire);
    const inner = connectTcp(portOf(this.calls), HOST);
    inner.on('error', () => undefined).on('close', () => wire.destroy());
    wire.on('close', () => inner.destroy());
    wire.pipe(inner).pipe(wire);
  }

  private async pass(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const method = String(headers[constants.HTTP2_HEADER_PATH]).split('/').at(-1) ?? '';
    const request = await buffer(stream as Readable);
    const verdict = this.judge({ method, carries: textOf(request), way: 'to the server' });
    if (verdict === 'hold') return;
    if (verdict === 'refuse') {
      stream.respond(PERMISSION_DENIED, { endStream: true });
      return;
    }
    const answer = await ask(this.upstream!, stream, headers, request);
    const carries = textOf(method.startsWith('Poll') ? answer.body : request);
    if (this.judge({ method, carries, way: 'to the worker' }) === 'hold') return;
    if (stream.closed) return;
    stream.respond(answer.headers, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers(answer.trailers));
    stream.end(answer.body);
  }

  private judge(call: TemporalCall): Verdict {
    if (this.silent) return 'hold';
    const verdict = this.watch(call);
    this.silent = verdict === 'hold';
    return verdict;
  }
}

async function ask(
  upstream: ClientHttp2Session,
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  request: Buffer,
): Promise<Answer> {
  const call = upstream.request(headers);
  stream.once('close', () => call.close(constants.NGHTTP2_CANCEL));
  let trailers: OutgoingHttpHeaders = {};
  call.on('trailers', (received: OutgoingHttpHeaders) => (trailers = received));
  call.end(request);
  const [received] = (await once(call, 'response')) as [OutgoingHttpHeaders];
  const body = await buffer(call as Readable);
  return { headers: received, body, trailers };
}

async function listen(server: Server): Promise<void> {
  server.listen(0, HOST);
  await once(server, 'listening');
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function textOf(framed: Buffer): string {
  const message = framed.subarray(PREFIX_BYTES);
  return (framed[0] === 1 ? gunzipSync(message) : message).toString('latin1');
}
