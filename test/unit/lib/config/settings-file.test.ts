import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { type Context, configError, configErrorOf, configOf, DEFAULTS } from './config-of.ts';

describe('the settings file', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  /** Creates a folder with settings files. */
  function folderOf(files: Readonly<Record<string, unknown>>): URL {
    const folder = mkdtempSync(path.join(tmpdir(), 'stockbook-settings-'));
    folders.push(folder);
    mkdirSync(path.join(folder, 'config'));
    for (const [name, content] of Object.entries(files))
      writeFileSync(
        path.join(folder, name),
        typeof content === 'string' ? content : JSON.stringify(content),
      );
    return pathToFileURL(`${folder}/`);
  }

  const found = (context: Context) => ({ ...context, settingsFile: undefined });

  test('of the stage may have numbers and flags as JSON values', () => {
    const root = folderOf({
      'config/prod.json': { paymentProvider: 'sandbox', holdSeconds: 900, schemaRegistry: true },
      'config/dev.json': { holdSeconds: 300 },
    });

    expect(configOf(found({ stage: 'prod' }), root)).toMatchObject({
      stage: 'prod',
      paymentProvider: 'sandbox',
      holdSeconds: 900,
      schemaRegistry: true,
    });
    expect(configOf(found({}), root).holdSeconds).toBe(300);
  });

  test('is optional', () => {
    expect(configOf(found({}), folderOf({}))).toEqual(DEFAULTS);
  });

  test('is overridden by the context, but not by an empty text', () => {
    const root = folderOf({
      'config/dev.json': { holdSeconds: 900, alarmEmail: 'staff@shop.example' },
    });

    expect(configOf(found({ holdSeconds: '300', alarmEmail: '' }), root)).toEqual({
      ...DEFAULTS,
      holdSeconds: 300,
      alarmEmail: 'staff@shop.example',
    });
  });

  test('may have another path, or be ignored', () => {
    const root = folderOf({
      'config/dev.json': { holdSeconds: 900 },
      'trial.json': { holdSeconds: 300 },
    });

    expect(configOf({ settingsFile: 'trial.json' }, root).holdSeconds).toBe(300);
    expect(configOf({ settingsFile: 'none' }, root)).toEqual(DEFAULTS);
  });

  test.each<[name: string, content: unknown, message: RegExp]>([
    ['is not JSON', '{"holdSeconds": 900,}', /: config\/dev\.json is not JSON: \S+/],
    [
      'is a list',
      ['holdSeconds'],
      /: config\/dev\.json must be a JSON object of settings, for example {"paymentProvider": "sandbox"}$/,
    ],
    ['has an unknown key', { holdSecond: 900 }, /: unknown key "holdSecond" \(known: stage, /],
    [
      'has a bad value',
      { holdSeconds: 0 },
      /: holdSeconds must be a whole number of seconds from 1 to 3600, not 0$/,
    ],
    [
      'names the stage',
      { stage: 'prod' },
      /: stage chooses the settings file and cannot be in it: pass -c stage=…$/,
    ],
    [
      'names another file',
      { settingsFile: 'other.json' },
      /: settingsFile chooses the settings file and cannot be in it: pass -c settingsFile=…$/,
    ],
  ])('that %s is rejected', (_case, content, message) => {
    expect(configErrorOf(found({}), folderOf({ 'config/dev.json': content }))).toMatch(message);
  });

  test('must exist if it is named', () => {
    expect(configErrorOf({ settingsFile: 'config/trial.json' }, folderOf({}))).toBe(
      configError('settingsFile config/trial.json cannot be read: name an existing file, or none'),
    );
  });

  test('is valid in the example for prod', () => {
    const example = configOf({ stage: 'prod', settingsFile: 'config/prod.example.json' });

    expect(example).toMatchObject({ stage: 'prod', isProtected: true, paymentProvider: 'sandbox' });
  });
});
