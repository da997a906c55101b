/** Whoever takes traces: a server for OTLP over HTTP, as JSON, which keeps what it is sent. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { z } from 'zod';

const span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.number(),
  attributes: z.array(
    z.object({
      key: z.string(),
      value: z.object({ stringValue: z.string().optional(), intValue: z.number().optional() }),
    }),
  ),
  status: z.object({ code: z.number().optional() }),
});
const exported = z.object({
  resourceSpans: z.array(z.object({ scopeSpans: z.array(z.object({ spans: z.array(span) })) })),
});
export type ExportedSpan = z.infer<typeof span>;

export interface Collector {
  /** What a process needs to send its spans here, soon. */
  env: Record<string, string>;
  spans: ExportedSpan[];
  /** All that came in, as it came. */
  raw: () => string;
  /** The names of the spans from this one up to the one that nobody sent, in its trace. */
  above: (from: ExportedSpan) => string[];
}

/** Closed when the test ends. */
export async function startCollector(): Promise<Collector> {
  const spans: ExportedSpan[] = [];
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      bodies.push(`${request.url ?? ''} ${body}`);
      const { resourceSpans } = exported.parse(JSON.parse(body));
      for (const { scopeSpans } of resourceSpans) for (const each of scopeSpans) spans.push(...each.spans);
      response.setHeader('content-type', 'application/json').end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return {
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, OTEL_BSP_SCHEDULE_DELAY: '100' },
    spans,
    raw: () => bodies.join('\n'),
    above: (from) => {
      const names: string[] = [];
      for (let at: ExportedSpan | undefined = from; at;) {
        const { traceId, parentSpanId }: ExportedSpan = at;
        names.push(at.name);
        at = spans.find((each) => each.traceId === traceId && each.spanId === parentSpanId);
      }
      return names;
    },
  };
}
