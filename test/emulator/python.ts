import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { FOLDER, lastLine, run, StepFailure } from './command.ts';

const PROGRAMS = [
  'python3',
  'python3.14',
  'python3.13',
  'python3.12',
  'python3.11',
  'python3.10',
] as const;
const MINOR_VERSION_MIN = 10;
const VERSION = 'import sys; print(sys.version_info.major, sys.version_info.minor)';

const REQUIREMENTS = path.join(import.meta.dirname, 'python', 'requirements.txt');
const PATCHES = 'patch_ministack.py';
const ENVIRONMENT = path.join(FOLDER, 'venv');
const INSTALLED = path.join(ENVIRONMENT, 'installed');

/** The interpreter of the check's virtual environment. */
export const PYTHON = path.join(ENVIRONMENT, 'bin', 'python');

/** Path of a program of this folder. */
export const program = (name: string): string => path.join(import.meta.dirname, 'python', name);

/**
 * Installs the emulator into a virtual environment, unless these requirements and patches are installed already, and patches it. Returns
 * the number of patches.
 */
export async function install(signal: AbortSignal): Promise<number> {
  const hash = createHash('sha256').update(readFileSync(REQUIREMENTS));
  // A patch that was changed or taken out must not stay applied.
  const wanted = hash.update(readFileSync(program(PATCHES))).digest('hex');
  const installed = existsSync(INSTALLED) ? readFileSync(INSTALLED, 'utf8') : '';
  if (installed !== wanted) {
    const python = await findPython();
    rmSync(ENVIRONMENT, { recursive: true, force: true });
    const common = { env: {}, signal };
    await run({ log: 'venv', program: python, args: ['-m', 'venv', ENVIRONMENT], ...common });
    const args = [
      '-m',
      'pip',
      'install',
      '--disable-pip-version-check',
      '--no-input',
      '-r',
      REQUIREMENTS,
    ];
    await run({ log: 'pip', program: PYTHON, args, ...common });
    writeFileSync(INSTALLED, wanted);
  }
  const output = await run({
    log: 'patch',
    program: PYTHON,
    args: [program(PATCHES)],
    env: {},
    signal,
  });
  return Number(lastLine(output));
}

/** Finds Python 3.10 or later on the PATH. */
async function findPython(): Promise<string> {
  for (const name of PROGRAMS) {
    const version = await promisify(execFile)(name, ['-c', VERSION]).then(
      ({ stdout }) => stdout,
      () => '',
    );
    const [major = 0, minor = 0] = version.trim().split(' ').map(Number);
    if (major === 3 && minor >= MINOR_VERSION_MIN) return name;
  }
  throw new StepFailure(
    `The emulator needs Python 3.${MINOR_VERSION_MIN} or later with its venv module. Install it, so that one of ${PROGRAMS.join(', ')} is on the PATH.`,
  );
}
