import type { Reporter, TestCase, TestModule } from 'vitest/node';

const MESSAGE_LINES_MAX = 12;

/**
 * Prints the reason of each failure when it happens. The default reporter prints reasons after all
 * tests.
 */
export default class FailureReporter implements Reporter {
  readonly #print: (text: string) => void;

  constructor(_options?: unknown, print: (text: string) => void = console.error) {
    this.#print = print;
  }

  onTestCaseResult(test: TestCase): void {
    const { state, errors = [] } = test.result();
    if (state === 'failed')
      this.#failed(`${test.module.relativeModuleId} > ${test.fullName}`, errors);
  }

  /** Reports errors outside tests: an import that throws, or a hook of the whole file. */
  onTestModuleEnd(module: TestModule): void {
    const errors = module.errors();
    if (errors.length > 0) this.#failed(module.relativeModuleId, errors);
  }

  #failed(name: string, errors: readonly { readonly message: string }[]): void {
    const reasons = errors.map(({ message }) =>
      message.split('\n').slice(0, MESSAGE_LINES_MAX).join('\n  '),
    );
    this.#print(`FAILED ${name}\n  ${reasons.join('\n  ')}`);
  }
}
