import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';
import { ROOT } from './cloud-assembly/synthesize.ts';

export const LOCAL_DIRECTORY = path.join(ROOT, '.local');
const FILE = path.join(LOCAL_DIRECTORY, 'endpoints.json');

/** Addresses and names of everything in the running runtime. */
export const Endpoints = z.object({
  api: z.string(),
  dynamodb: z.string(),
  aws: z.string(),
  tables: z.record(z.string(), z.string()),
  /** Outputs of all stacks, by logical id. */
  outputs: z.record(z.string(), z.string()),
});
export type Endpoints = z.infer<typeof Endpoints>;

export function writeEndpoints({ api, dynamodb, aws, tables, outputs }: Endpoints): void {
  mkdirSync(LOCAL_DIRECTORY, { recursive: true });
  writeFileSync(FILE, `${JSON.stringify({ api, dynamodb, aws, tables, outputs }, undefined, 2)}\n`);
}

/** Returns the endpoints of the running runtime, or undefined when no runtime has written them. */
export function readEndpoints(): Endpoints | undefined {
  try {
    return Endpoints.parse(JSON.parse(readFileSync(FILE, 'utf8')));
  } catch {
    return undefined;
  }
}

export const removeEndpoints = (): void => rmSync(FILE, { force: true });
