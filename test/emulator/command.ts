import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../local/cloud-assembly/synthesize.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Folder of everything that the check creates. */
export const WORK_FOLDER = path.join(ROOT, '.local', 'emulator');
export const LOG_FOLDER = path.join(WORK_FOLDER, 'logs');

/** Lines of a command's log that its error shows. */
const LOG_LINES_SHOWN = 30;

/** A step of the check that failed, in words for the person who runs it. */
export class StepError extends Error {
  override readonly name = 'StepFailure';
}

type Command = {
  /** Name of the log file, without its extension. */
  readonly logName: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Environment;
  /** Default: the project's folder. */
  readonly cwd?: string;
  readonly signal: AbortSignal;
  /** Exit codes that are not failures. Default: 0. */
  readonly exitCodes?: readonly number[];
};

/**
 * Runs a command to its end and returns its output. Throws a StepFailure with the end of its log
 * for any other exit code.
 */
export async function runCommand({
  logName,
  program,
  args,
  env,
  cwd = ROOT,
  signal,
  exitCodes = [0],
}: Command): Promise<string> {
  mkdirSync(LOG_FOLDER, { recursive: true });
  const file = path.join(LOG_FOLDER, `${logName}.log`);
  const output = openSync(file, 'w');
  const code = await new Promise<number>((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      signal,
      stdio: ['ignore', output, output],
    });
    child.once('error', reject);
    child.once('close', (exitCode) => resolve(exitCode ?? -1));
  });
  closeSync(output);
  const text = readFileSync(file, 'utf8');
  if (exitCodes.includes(code)) return text;
  const end = text.trimEnd().split('\n').slice(-LOG_LINES_SHOWN).join('\n');
  throw new StepError(`${logName} failed (exit code ${code}). The end of ${file}:\n${end}`);
}

/** Text of the last line that is JSON: what the Python programs print. */
export function lastLineOf(output: string): string {
  const line = output.trimEnd().split('\n').at(-1);
  if (line === undefined || line === '')
    throw new StepError('A program of the check printed nothing.');
  return line;
}
