import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';
import { UserError } from './errors.ts';

const Key = z.looseObject({ kty: z.string(), kid: z.string() });

/** State of a runtime, next to its tables, that keeps local tokens valid over a restart. */
const PersistedState = z.object({
  /** Port of the issuers: tokens name their URLs. */
  awsPort: z.number(),
  /** Private keys (JWK) that sign the tokens. */
  issuerKeys: z.object({ customer: Key, staff: Key }),
});
export type PersistedState = z.infer<typeof PersistedState>;

const FILE = 'runtime.json';
/** The file has private keys. */
const OWNER_ONLY = 0o600;

/** Undefined for a folder without data. Throws Refusal for a damaged file. */
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
