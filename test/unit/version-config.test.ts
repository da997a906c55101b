import { expect, test } from 'vitest';
import { readConfig } from '../../worker/config.js';
import { asVersion } from '../../worker/version.js';

const read = (env: NodeJS.ProcessEnv) => readConfig({ CONTIGUITY_API_KEY: 'contiguity_sk_secret', ...env });

test('a worker has no version unless it is given one', () => {
  expect(read({})).not.toHaveProperty('version');
  expect(read({ LEASEHOLD_BUILD_ID: '' })).not.toHaveProperty('version');
  expect(asVersion(undefined)).toEqual({});
});

test('a build id makes it a version of the deployment, whose runs move on with it', () => {
  const { version } = read({ LEASEHOLD_BUILD_ID: '1.4.0+3f2c' });
  expect(version).toEqual({ deploymentName: 'leasehold', buildId: '1.4.0+3f2c' });
  expect(read({ LEASEHOLD_BUILD_ID: '2', LEASEHOLD_DEPLOYMENT: 'phones' }).version).toEqual({
    deploymentName: 'phones',
    buildId: '2',
  });
  expect(asVersion(version)).toEqual({
    workerDeploymentOptions: {
      version,
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'AUTO_UPGRADE',
    },
  });
});

test.each([
  [{ LEASEHOLD_DEPLOYMENT: 'phones' }, /^LEASEHOLD_BUILD_ID is not set: LEASEHOLD_DEPLOYMENT needs it$/],
  [{ LEASEHOLD_BUILD_ID: 'a b' }, /^LEASEHOLD_BUILD_ID must be letters, digits/],
  [{ LEASEHOLD_BUILD_ID: '1', LEASEHOLD_DEPLOYMENT: 'a.b' }, /^LEASEHOLD_DEPLOYMENT must be letters, digits/],
])('%j is refused by name', (env, message) => {
  expect(() => read(env)).toThrow(message);
});
