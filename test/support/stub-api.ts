/** A small HTTP server in place of the API, for answers that the simulator would never give. */
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import {
  ContiguityError,
  createContiguity,
  type Contiguity,
  type ContiguityOptions,
} from '../../contiguity/index.js';

export const STUB_KEY = 'contiguity_sk_0123456789abcdef';

export interface StubApi {
  url: string;
  api: Contiguity;
  /** `GET /numbers/leases`, in the order in which they came. */
  requests: string[];
}

/** Serves until the end of the test. */
export async function stubApi(
  listener: RequestListener,
  options: Partial<ContiguityOptions> = {},
): Promise<StubApi> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method ?? ''} ${request.url ?? ''}`);
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const api = client({ baseUrl: url, ...options });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url, api, requests };
}

/** A client that is closed at the end of the test. */
export function client(options: Partial<ContiguityOptions>): Contiguity {
  const api = createContiguity({ apiKey: STUB_KEY, callTimeoutMs: 2_000, ...options });
  onTestFinished(() => api.close());
  return api;
}

/** Answers every call with this status, body (texts as they are, all else as JSON) and headers. */
export const answering =
  (status: number, body: unknown = '', headers: Record<string, string> = {}): RequestListener =>
  (_request, response) =>
    respond(response, status, body, headers);

/** Answers every call with a success of the vendor's around the data. */
export const giving = (data: unknown): RequestListener =>
  answering(200, { id: 'req_1', timestamp: 1_785_698_220_563, api_version: 'v1', object: 'response', data });

export const vendorError = (status: number, error: string, more: Record<string, unknown> = {}) => ({
  id: 'err_1',
  timestamp: 1_785_698_220_563,
  object: 'error',
  data: { error, status, ...more },
});

function respond(response: ServerResponse, status: number, body: unknown, headers: Record<string, string>) {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** The error of a call that must fail. */
export async function failureOf(call: Promise<unknown>): Promise<ContiguityError> {
  const outcome = await call.then(
    () => new Error('the call succeeded'),
    (error: unknown) => error,
  );
  if (outcome instanceof ContiguityError) return outcome;
  throw outcome;
}
