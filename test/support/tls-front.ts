/** TLS in front of a Temporal server, which lets in nobody without a certificate of its authority. */
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Certificates } from './certificates.js';

export interface TlsFront {
  /** `127.0.0.1:port` */
  address: string;
  close(): Promise<void>;
}

export async function startTlsFront(
  serverAddress: string,
  { authority, server: own }: Certificates,
): Promise<TlsFront> {
  const [host = '', port = ''] = serverAddress.split(':');
  const wires = new Set<Socket>();
  const keep = (wire: Socket) => {
    wires.add(wire);
    wire.once('close', () => wires.delete(wire)).on('error', () => wire.destroy());
  };
  const door = createServer(
    { ...own, ca: authority.cert, requestCert: true, rejectUnauthorized: true, ALPNProtocols: ['h2'] },
    (caller) => {
      const behind = connect(Number(port), host);
      keep(caller);
      keep(behind);
      caller.pipe(behind).pipe(caller);
    },
  );
  door.on('tlsClientError', () => undefined); // they are told by the handshake
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  return {
    address: `127.0.0.1:${(door.address() as AddressInfo).port}`,
    close: async () => {
      for (const wire of wires) wire.destroy();
      door.close();
      await once(door, 'close');
    },
  };
}
