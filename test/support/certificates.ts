/** Certificates of an authority that exists for one test. */
import { generate } from 'selfsigned';

export interface Pair {
  cert: string;
  key: string;
}

export interface Certificates {
  authority: Pair;
  /** For 127.0.0.1. */
  server: Pair;
  client: Pair;
}

export async function makeCertificates(): Promise<Certificates> {
  const authority = await made('leasehold-test-authority', {
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const ca = authority;
  const server = await made('leasehold-test-server', {
    ca,
    extensions: [
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] },
    ],
  });
  const client = await made('leasehold-test-client', {
    ca,
    extensions: [{ name: 'extKeyUsage', clientAuth: true }],
  });
  return { authority, server, client };
}

async function made(commonName: string, options: Parameters<typeof generate>[1]): Promise<Pair> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ...options,
  });
  return { cert, key };
}
