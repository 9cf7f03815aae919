import type { Reporter, TestModule } from 'vitest/node';

const FILES_SHOWN = 10;
const MILLISECONDS_PER_SECOND = 1_000;

const secondsOf = (module: TestModule): number => {
  const { duration, collectDuration, setupDuration } = module.diagnostic();
  return (duration + collectDuration + setupDuration) / MILLISECONDS_PER_SECOND;
};

/** Prints the ten slowest files at the end of a run: seconds of import, setup and tests. */
export default class SlowestFilesReporter implements Reporter {
  readonly #print: (text: string) => void;

  constructor(_options?: unknown, print: (text: string) => void = console.log) {
    this.#print = print;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    if (modules.length <= FILES_SHOWN) return;
    const files = modules
      .map((module) => ({ file: module.relativeModuleId, seconds: secondsOf(module) }))
      .sort((one, other) => other.seconds - one.seconds)
      .slice(0, FILES_SHOWN)
      .map(({ file, seconds }) => `${seconds.toFixed(1).padStart(7)} s  ${file}`);
    this.#print(`\nSlowest files\n${files.join('\n')}`);
  }
}
