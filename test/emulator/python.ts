import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { lastLineOf, runCommand, StepError, WORK_FOLDER } from './command.ts';

const PYTHON_COMMANDS = [
  'python3',
  'python3.14',
  'python3.13',
  'python3.12',
  'python3.11',
  'python3.10',
] as const;
const MINOR_VERSION_MIN = 10;
const PRINT_VERSION = 'import sys; print(sys.version_info.major, sys.version_info.minor)';

const REQUIREMENTS = path.join(import.meta.dirname, 'python', 'requirements.txt');
const PATCH_PROGRAM = 'patch_ministack.py';
const VENV_FOLDER = path.join(WORK_FOLDER, 'venv');
const INSTALLED_HASH_FILE = path.join(VENV_FOLDER, 'installed');

/** The interpreter of the check's virtual environment. */
export const PYTHON = path.join(VENV_FOLDER, 'bin', 'python');

/** Returns the path of a program in the folder python. */
export const programPath = (name: string): string => path.join(import.meta.dirname, 'python', name);

/**
 * Installs the emulator into a virtual environment, unless these requirements and patches are
 * installed already, and patches it. Returns the number of patches.
 */
export async function installEmulator(signal: AbortSignal): Promise<number> {
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS));
  // A patch that was changed or taken out must not stay applied.
  const expectedHash = hash.update(readFileSync(programPath(PATCH_PROGRAM))).digest('hex');
  const installedHash = existsSync(INSTALLED_HASH_FILE)
    ? readFileSync(INSTALLED_HASH_FILE, 'utf8')
    : '';
  if (installedHash !== expectedHash) {
    const python = await findPython();
    rmSync(VENV_FOLDER, { recursive: true, force: true });
    const common = { env: {}, signal };
    await runCommand({
      logName: 'venv',
      program: python,
      args: ['-m', 'venv', VENV_FOLDER],
      ...common,
    });
    const args = [
      '-m',
      'pip',
      'install',
      '--disable-pip-version-check',
      '--no-input',
      '-r',
      REQUIREMENTS,
    ];
    await runCommand({ logName: 'pip', program: PYTHON, args, ...common });
    writeFileSync(INSTALLED_HASH_FILE, expectedHash);
  }
  const output = await runCommand({
    logName: 'patch',
    program: PYTHON,
    args: [programPath(PATCH_PROGRAM)],
    env: {},
    signal,
  });
  return Number(lastLineOf(output));
}

/** Finds Python 3.10 or later on the PATH. */
async function findPython(): Promise<string> {
  for (const name of PYTHON_COMMANDS) {
    const version = await promisify(execFile)(name, ['-c', PRINT_VERSION]).then(
      ({ stdout }) => stdout,
      () => '',
    );
    const [major = 0, minor = 0] = version.trim().split(' ').map(Number);
    if (major === 3 && minor >= MINOR_VERSION_MIN) return name;
  }
  throw new StepError(
    `The emulator needs Python 3.${MINOR_VERSION_MIN} or later with its venv module. Install it, so that one of ${PYTHON_COMMANDS.join(', ')} is on the PATH.`,
  );
}
