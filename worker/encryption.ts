import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { TolerantEncryptionCodec } from '../codec/encryption-codec.js';
import type { Keyring } from '../codec/keys.js';

const DIST = fileURLToPath(new URL('..', import.meta.url));

/**
 * What makes a worker encrypt. The bundle is one of its own because how failures are written is built into it.
 * @param dist folder of the build
 */
export function workerEncryption(
  keyring: Keyring,
  dist = DIST,
): { dataConverter: DataConverter; bundle: string } {
  return {
    dataConverter: {
      payloadCodecs: [new TolerantEncryptionCodec(keyring)],
      failureConverterPath: join(dist, 'codec', 'failure-converter.js'),
    },
    bundle: join(dist, 'workflow-bundle-encrypted.js'),
  };
}
