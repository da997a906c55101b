import type { FastifyInstance } from 'fastify';

/**
 * Listens, and gives the base URL with the port that it got. Rejects with one line that names `--port` where the port is in
 * use.
 *
 * @param port 0: any that is free
 */
export async function listen(server: FastifyInstance, port: number, host: string): Promise<string> {
  try {
    await server.listen({ port, host });
  } catch (error) {
    const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (!inUse) throw error;
    throw new Error(`port ${port} is in use; give another one with --port, or 0 for any free one`);
  }
  const address = server.server.address();
  const listening = typeof address === 'object' && address ? address.port : port;
  return `http://${host.includes(':') ? `[${host}]` : host}:${listening}`;
}
