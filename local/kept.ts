import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';
import { Refusal } from './refusal.ts';

/** State of a runtime, next to its tables, that keeps local tokens valid over a restart. */
const Kept = z.object({
  /** Port of the issuer: tokens name its URL. */
  awsPort: z.number(),
  /** Private key (JWK) that signs the tokens. */
  issuerKey: z.looseObject({ kty: z.string(), kid: z.string() }),
});
export type Kept = z.infer<typeof Kept>;

const FILE = 'runtime.json';
/** The file has a private key. */
const OWNER_ONLY = 0o600;

/** Undefined for a folder without data. Throws Refusal for a damaged file. */
export function readKept(folder: string): Kept | undefined {
  const file = path.join(folder, FILE);
  if (!existsSync(file)) return undefined;
  try {
    return Kept.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new Refusal(`${file} is damaged. Delete ${folder} to start with no data. (${String(error)})`);
  }
}

export function writeKept(folder: string, kept: Kept): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, FILE), `${JSON.stringify(kept)}\n`, { mode: OWNER_ONLY });
}
