import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createFreshCopy } from '../../../bench/local-start/fresh-copy.ts';
import { measureSecondsToServing } from '../../../bench/local-start/measure-start.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-local-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('a fresh copy', () => {
  test('has the sources and the packages, and no generated files', () => {
    const root = path.join(folder, 'project');
    for (const made of ['lib', 'lib/.build', '.build', '.local', '.git', 'node_modules/tea'])
      mkdirSync(path.join(root, made), { recursive: true });
    writeFileSync(path.join(root, 'package.json'), '{}');

    const copy = createFreshCopy(root);

    expect(readdirSync(copy.folder).sort()).toEqual(['lib', 'node_modules', 'package.json']);
    expect(readdirSync(path.join(copy.folder, 'node_modules'))).toEqual(['tea']);
    copy.remove();
    expect(existsSync(copy.folder)).toBe(false);
    expect(existsSync(path.join(root, 'node_modules/tea'))).toBe(true);
  });
});

describe('the time to serving', () => {
  const server = (source: string) => {
    const file = path.join(folder, 'server.mjs');
    writeFileSync(file, source);
    return [process.execPath, file] as const;
  };

  test('ends with the first 200, ignores responses before it, and leaves no process', async () => {
    const command = server(`
      import { createServer } from 'node:http';
      import { writeFileSync } from 'node:fs';
      writeFileSync('pid', String(process.pid));
      let asked = 0;
      createServer((request, response) => {
        asked += 1;
        response.writeHead(asked > 2 && request.url === '/health' ? 200 : 503).end();
      }).listen(Number(process.env.PORT), '127.0.0.1');`);

    const seconds = await measureSecondsToServing(folder, command, '/health');

    // The test waited after each of the two 503 responses.
    expect(seconds).toBeGreaterThan(0.05);
    const pid = Number(readFileSync(path.join(folder, 'pid'), 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('throws with the output of a command that ends before it serves', async () => {
    const command = server("console.error('the port is taken'); process.exit(1);");

    await expect(measureSecondsToServing(folder, command, '/health')).rejects.toThrow(
      /did not serve \/health in \d+ s\. Output: the port is taken/,
    );
  });
});
