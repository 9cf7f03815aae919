import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { staff } from './e2e.ts';

export type ProcessResult = {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
};

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Runs `stockbook` with these arguments as a process, as staff, against the API under test. */
export const runCli = (
  args: readonly string[],
  { cwd = ROOT }: { readonly cwd?: string } = {},
): Promise<ProcessResult> =>
  new Promise((resolve) => {
    execFile(
      process.execPath,
      [path.join(ROOT, 'cli', 'main.ts'), ...args, '--url', inject('apiUrl')],
      { cwd, env: { ...process.env, STOCKBOOK_TOKEN: staff() } },
      (error, stdout, stderr) => resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });
