import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const FILES = globSync('.github/workflows/*.yml').sort();
const read = (file: string) => readFileSync(file, 'utf8');

describe.each(FILES)('%s', (file) => {
  test('uses actions by the commit, with the version beside it', () => {
    const used = [...read(file).matchAll(/uses: (.*)$/gm)].map(([, action]) => action);

    expect(used.length).toBeGreaterThan(0);
    expect(
      used.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action ?? '')),
    ).toEqual([]);
  });

  test('runs scripts that there are', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
    const run = [...read(file).matchAll(/npm (?:run )?(?!ci\b)([\w:]+)/g)].map(([, name = '']) => name);

    expect(run).toContain('test');
    expect(run.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  test('may read, and no more; but that the deployment asks for an identity', () => {
    const granted = [...read(file).matchAll(/^ +([\w-]+): (read|write)$/gm)].map(
      ([, what, how]) => `${what}: ${how}`,
    );
    const allowed = file.endsWith('deploy.yml') ? ['contents: read', 'id-token: write'] : ['contents: read'];

    expect([...new Set(granted)]).toEqual(allowed);
    expect(read(file)).toMatch(/^permissions:\n {2}contents: read$/m);
  });
});

test('a pull request is checked, and a tag is deployed, with no key that lasts', () => {
  expect(FILES.map((file) => file.replace(/^.*\//, ''))).toEqual(['check.yml', 'deploy.yml']);
  expect(read('.github/workflows/check.yml')).toMatch(/^ {2}pull_request:$/m);
  expect(read('.github/workflows/deploy.yml')).toMatch(/^ {4}tags: \['v\*'\]$/m);
  expect(FILES.map(read).join()).not.toMatch(/secrets\.|access-key/i);
});
