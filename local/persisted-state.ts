import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';
import { UserError } from './errors.ts';

const Key = z.looseObject({ kty: z.string(), kid: z.string() });

/** State of a runtime, stored next to its tables. It keeps local tokens valid over a restart. */
const PersistedState = z.object({
  /**
   * Port of the issuers. Tokens contain the URLs of their issuers, so the port must stay the same.
   */
  awsPort: z.number(),
  /** Private keys (JWK) that sign the tokens. */
  issuerKeys: z.object({ customer: Key, staff: Key }),
});
export type PersistedState = z.infer<typeof PersistedState>;

const FILE = 'runtime.json';
/** Mode of the file: it contains private keys. */
const OWNER_ONLY = 0o600;

/**
 * Reads the state of an earlier runtime, or returns undefined for a folder without data. Throws a
 * UserError for a damaged file.
 */
export function readPersistedState(folder: string): PersistedState | undefined {
  const file = path.join(folder, FILE);
  if (!existsSync(file)) return undefined;
  try {
    return PersistedState.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new UserError(
      `${file} is damaged. Delete ${folder} to start with no data. (${String(error)})`,
    );
  }
}

export function writePersistedState(folder: string, state: PersistedState): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, FILE), `${JSON.stringify(state)}\n`, { mode: OWNER_ONLY });
}
