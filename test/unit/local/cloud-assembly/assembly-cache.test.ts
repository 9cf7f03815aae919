import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { assemblyOf } from '../../../../local/cloud-assembly/assembly-cache.ts';

/** An app that writes an assembly with one asset, and counts its runs. */
const APP = `
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
const out = process.env.CDK_OUTDIR;
mkdirSync(out);
appendFileSync(path.join(import.meta.dirname, 'runs.log'), 'run\\n');
writeFileSync(path.join(out, 'manifest.json'), JSON.stringify({
  artifacts: { assets: { type: 'cdk:asset-manifest', properties: { file: 'assets.json' } } },
}));
writeFileSync(path.join(out, 'assets.json'), JSON.stringify({
  files: { code: {
    source: { path: path.join(import.meta.dirname, 'code.mjs') },
    destinations: { here: { objectKey: 'code.zip' } },
  } },
}));
`;

let folder: string;
let app: string;
const created = new Set<string>();

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'stockbook-assembly-'));
  app = path.join(folder, 'app.ts');
  writeFileSync(app, APP);
  writeFileSync(path.join(folder, 'code.mjs'), '');
});
afterEach(() => {
  for (const one of [folder, ...created]) rmSync(one, { recursive: true, force: true });
});

async function assemble(context: Readonly<Record<string, string>> = {}): Promise<string> {
  const assembly = await assemblyOf({ app, context });
  created.add(assembly);
  return assembly;
}
const runs = () => readFileSync(path.join(folder, 'runs.log'), 'utf8').split('\n').length - 1;

describe('an assembly', () => {
  test('is synthesized once for the same sources and context', async () => {
    expect(await assemble()).toBe(await assemble());
    expect(runs()).toBe(1);
  });

  test('is synthesized again for another context', async () => {
    expect(await assemble({ stage: 'one' })).not.toBe(await assemble({ stage: 'two' }));
    expect(runs()).toBe(2);
  });

  test('is synthesized again after a source changed', async () => {
    const before = await assemble();

    writeFileSync(path.join(folder, 'stack.ts'), '// new');

    expect(await assemble()).not.toBe(before);
  });

  test('is synthesized again after its settings file changed', async () => {
    const settingsFile = path.join(folder, 'settings.json');
    writeFileSync(settingsFile, '{"stage":"one"}');
    const before = await assemble({ settingsFile });

    writeFileSync(settingsFile, '{"stage":"two"}');

    expect(await assemble({ settingsFile })).not.toBe(before);
  });

  test('is synthesized again when the code of a function is gone', async () => {
    await assemble();
    rmSync(path.join(folder, 'code.mjs'));

    await assemble();

    expect(runs()).toBe(2);
  });

  test('of a source that changes during each synthesis is an error', async () => {
    writeFileSync(
      app,
      `${APP}\nwriteFileSync(path.join(import.meta.dirname, 'stack.ts'), String(Math.random()));`,
    );

    await expect(assemble()).rejects.toThrow(
      'The sources changed during each of 5 syntheses. Save all files and run the command again.',
    );
  });

  test('that nothing has used for a week is removed by the next synthesis', async () => {
    const unused = await assemble({ stage: 'unused' });
    const used = await assemble({ stage: 'used' });
    const days = (count: number) => new Date(Date.now() - count * 24 * 60 * 60 * 1_000);
    utimesSync(unused, days(8), days(8));
    utimesSync(used, days(6), days(6));

    await assemble({ stage: 'new' });

    expect([unused, used].map((one) => existsSync(one))).toEqual([false, true]);
  });
});
