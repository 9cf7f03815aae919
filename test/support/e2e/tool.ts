import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { staff } from './e2e.ts';

export type Ended = { readonly code: number; readonly stdout: string; readonly stderr: string };

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Runs a command of cli/ as `npm run` does, as staff, against the API under test. */
export const runTool = (
  tool: string,
  options: readonly string[],
  { cwd = ROOT }: { readonly cwd?: string } = {},
): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [path.join(ROOT, 'cli', 'commands', `${tool}.ts`), ...options, '--url', inject('apiUrl')],
      { cwd, env: { ...process.env, STOCKBOOK_TOKEN: staff() } },
      (fault, stdout, stderr) => resolve({ code: Number(fault?.code ?? 0), stdout, stderr }),
    );
  });
