import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { loadFactor } from '../../../local/load-factor.ts';
import { startFixture } from './fixture.ts';

const PARENT = fileURLToPath(new URL('./fixture-parent.ts', import.meta.url));
const LAUNCHER = fileURLToPath(new URL('../../../local/dynamodb/launcher', import.meta.url));
const END = { timeout: 10_000 * loadFactor(), interval: 50 };
const CONNECT_MILLISECONDS_MAX = 2_000;

/** Returns whether the address accepts a TCP connection. */
const canConnect = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: CONNECT_MILLISECONDS_MAX });
    const end = (isAccepted: boolean) => {
      socket.destroy();
      resolve(isAccepted);
    };
    socket.once('connect', () => end(true));
    socket.once('timeout', () => end(false));
    socket.once('error', () => end(false));
  });

/**
 * Lists the addresses by which other machines reach this one, and a second loopback address where
 * the system has one.
 */
const listOtherAddresses = (): string[] => [
  ...Object.values(networkInterfaces())
    .flat()
    .filter((one) => one !== undefined && !one.internal && one.family === 'IPv4')
    .map((one) => one?.address ?? ''),
  ...(process.platform === 'linux' ? ['127.0.0.2'] : []),
];

test('DynamoDB Local ends when its parent process is killed', async () => {
  const parent = spawn(process.execPath, [PARENT], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [line] = await once(parent.stdout, 'data');
  const { hostname, port } = new URL(String(line).trim());
  expect(await canConnect(hostname, Number(port))).toBe(true);

  parent.kill('SIGKILL');

  await expect.poll(() => canConnect(hostname, Number(port)), END).toBe(false);
});

test('every server of the runtime listens on the loopback address only', async () => {
  const local = await startFixture();
  onTestFinished(() => local.stop());
  const servers = [local.api, local.aws, local.dynamodb, local.sqs].map((url) => new URL(url));

  for (const { hostname, port } of servers) {
    expect(hostname).toBe('127.0.0.1');
    expect(await canConnect(hostname, Number(port))).toBe(true);
    for (const address of listOtherAddresses())
      expect(await canConnect(address, Number(port)), `${address}:${port}`).toBe(false);
  }
});

const readCompilerVersion = (): string => {
  try {
    return execFileSync('javac', ['-version'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch {
    return '';
  }
};

// Other compilers order the constants of a class differently.
test.skipIf(!readCompilerVersion().startsWith('javac 17.'))(
  'the compiled launcher in the repository matches its source',
  () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-launcher-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));

    execFileSync('javac', [
      '--release',
      '17',
      '-g:none',
      '-d',
      folder,
      `${LAUNCHER}/LoopbackDynamoDb.java`,
    ]);

    expect(readFileSync(path.join(folder, 'LoopbackDynamoDb.class'))).toEqual(
      readFileSync(path.join(LAUNCHER, 'LoopbackDynamoDb.class')),
    );
  },
);
