import { readFileSync } from 'node:fs';
import * as z from 'zod/mini';

const NONE = 'none';
const Settings = z.record(z.string(), z.unknown());

type SettingsFileResult =
  | { readonly settings: Readonly<Record<string, unknown>> }
  | { readonly error: string };

/**
 * Reads the settings file of a stage: a JSON object of settings by their keys.
 *
 * @param given path that the context names, relative to `root`; `none` for no file; undefined for
 * `config/<stage>.json`, if it exists
 */
export function readSettingsFile(
  root: URL,
  stage: string,
  given: string | undefined,
): SettingsFileResult {
  if (given === NONE) return { settings: {} };
  const file = given ?? `config/${stage}.json`;
  const text = textOf(new URL(file, root));
  if (text === undefined)
    return given === undefined
      ? { settings: {} }
      : { error: `settingsFile ${file} cannot be read: name an existing file, or none` };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { error: `${file} is not JSON: ${error instanceof Error ? error.message : error}` };
  }
  const parsed = z.safeParse(Settings, value);
  return parsed.success
    ? { settings: parsed.data }
    : {
        error: `${file} must be a JSON object of settings, for example {"paymentProvider": "sandbox"}`,
      };
}

function textOf(file: URL): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (
      error instanceof Error &&
      'code' in error &&
      ['ENOENT', 'EISDIR', 'EACCES'].includes(String(error.code))
    )
      return undefined;
    throw error;
  }
}
