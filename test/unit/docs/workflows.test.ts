import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const FILES = globSync('.github/workflows/*.yml').sort();
const read = (file: string) => readFileSync(file, 'utf8');
const DEPLOY_WORKFLOW = /deploy(-stage)?\.yml$/;

describe.each(FILES)('%s', (file) => {
  test('pins each action by commit with its version, or uses a workflow of this repository', () => {
    const used = [...read(file).matchAll(/uses: (.*)$/gm)].map(([, action]) => action);

    expect(used.length).toBeGreaterThan(0);
    expect(
      used.filter(
        (action) =>
          !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(action ?? '') &&
          !FILES.some((workflow) => action === `./${workflow}`),
      ),
    ).toEqual([]);
  });

  test('runs scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'));
    const run = [...read(file).matchAll(/npm (?:run )?(?:-s )?(?!(?:ci|audit)\b)([\w:]+)/g)].map(
      ([, name = '']) => name,
    );

    expect(run.length).toBeGreaterThan(0);
    expect(run.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  test('has read permission only; a deployment may also request an identity token', () => {
    const granted = [...read(file).matchAll(/^ +([\w-]+): (read|write)$/gm)].map(
      ([, what, how]) => `${what}: ${how}`,
    );
    const allowed = DEPLOY_WORKFLOW.test(file)
      ? ['contents: read', 'id-token: write']
      : ['contents: read'];

    expect([...new Set(granted)]).toEqual(allowed);
    expect(read(file)).toMatch(/^permissions:\n {2}contents: read$/m);
  });
});

test('no workflow has a long-lived key', () => {
  expect(FILES.map((file) => file.replace(/^.*\//, ''))).toEqual([
    'check.yml',
    'deploy-stage.yml',
    'deploy.yml',
  ]);
  expect(FILES.map(read).join()).not.toMatch(/secrets\.|access-key/i);
});

test('a pull request runs the tests, and a synthesis for each setting that changes many resources', () => {
  const check = read('.github/workflows/check.yml');

  expect(check).toMatch(/^ {2}pull_request:$/m);
  expect(check).toContain('npm test');
  for (const setting of [
    'stage=dev',
    'stage=prod',
    'encryption=customer-managed',
    'rollout=canary',
    'paymentProvider=stripe',
  ])
    expect(check).toContain(`-c ${setting}`);
});

test('a pull request is deployed to the emulator, in a job of its own', () => {
  const check = read('.github/workflows/check.yml');
  const [tests = '', emulator = ''] = check.split(/^ {2}emulator:$/m);

  expect(tests).not.toContain('check:emulator');
  expect(emulator).toContain('actions/setup-python@');
  expect(emulator).toContain('npm run test:emulator');
});

test('a tag is tested, then deployed to dev, then to prod', () => {
  const deploy = read('.github/workflows/deploy.yml');
  const jobs = [...deploy.matchAll(/^ {2}(\w+):\n {4}(?:needs: (\w+))?/gm)].map(
    ([, job, needs]) => [job, needs],
  );

  expect(deploy).toMatch(/^ {4}tags: \['v\*'\]$/m);
  expect(deploy).toContain('npm test');
  expect(jobs.slice(-3)).toEqual([
    ['test', undefined],
    ['dev', 'test'],
    ['prod', 'dev'],
  ]);
  expect([...deploy.matchAll(/^ {6}stage: (\w+)$/gm)].map(([, stage]) => stage)).toEqual([
    'dev',
    'prod',
  ]);
});

test('a stage is deployed with the settings of its file only, then smoke-tested', () => {
  const stage = read('.github/workflows/deploy-stage.yml');
  const commands = [...stage.matchAll(/run: (npx cdk deploy .*)$/gm)].map(([, command]) => command);

  expect(commands).toEqual([
    'npx cdk deploy --all --require-approval never -c "stage=$STAGE" --outputs-file outputs.json',
  ]);
  expect(stage).toMatch(/^ {4}environment: \$\{\{ inputs\.stage \}\}$/m);
  expect(stage.indexOf('npm run stockbook -- smoke-test')).toBeGreaterThan(
    stage.indexOf('cdk deploy'),
  );
});
