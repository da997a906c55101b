import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';

export interface Reply {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
}

/** No whole reply came. `begun` tells the one fact that decides what may follow: the request was handed to a connection. */
export class NoReply extends Error {
  override readonly name = 'NoReply';

  constructor(
    message: string,
    readonly begun: boolean,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface ExchangeLimits {
  /** For waiting for a connection, connecting, headers and body together. */
  timeoutMs: number;
  maxBodyBytes: number;
}

/** One request and its reply, never repeated. Rejects with `NoReply` alone. */
export function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  { timeoutMs, maxBodyBytes }: ExchangeLimits,
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const listener = new Listener(maxBodyBytes, (end) => {
      clearTimeout(timer);
      if (end instanceof NoReply) reject(end);
      else resolve(end);
    });
    const timer = setTimeout(() => listener.giveUp('no answer within the time limit'), timeoutMs);
    dispatcher.dispatch(request, listener);
  });
}

/**
 * Listens at the level at which undici says that it is about to write: whether a request has left is then observed
 * and not guessed from an error's code. Once it has ended, a request that still waits for a connection never starts.
 */
class Listener implements Dispatcher.DispatchHandler {
  private controller?: Dispatcher.DispatchController;
  private ended = false;
  private head?: Pick<Reply, 'status' | 'headers'>;
  private readonly chunks: Buffer[] = [];
  private size = 0;

  constructor(
    private readonly maxBodyBytes: number,
    private readonly end: (end: Reply | NoReply) => void,
  ) {}

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.ended || this.controller) controller.abort(new Error('a call is one attempt'));
    else this.controller = controller;
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status >= 200) this.head = { status, headers };
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.size += chunk.length;
    if (this.size > this.maxBodyBytes) this.giveUp(`the answer is larger than ${this.maxBodyBytes} bytes`);
    else this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.head) this.finish({ ...this.head, text: Buffer.concat(this.chunks).toString('utf8') });
    else this.fail('the answer has no status');
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.fail(inWords(error), error);
  }

  giveUp(why: string): void {
    this.fail(why);
    this.controller?.abort(new Error(why));
  }

  private fail(why: string, cause?: unknown): void {
    this.finish(new NoReply(why, this.controller !== undefined, { cause }));
  }

  private finish(end: Reply | NoReply): void {
    if (this.ended) return;
    this.ended = true;
    this.end(end);
  }
}

/** An error's message with its code; of several addresses that were tried, what the first one came to. */
function inWords(error: Error): string {
  if (error instanceof AggregateError && error.errors[0] instanceof Error) return inWords(error.errors[0]);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return code === undefined || error.message.includes(code) ? error.message : `${error.message} (${code})`;
}
