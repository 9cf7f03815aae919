import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Counts the findings of a whole run, so it needs a stage that no other test has damaged. */
const FIRST = 'test/reconciliation/drift.test.ts';

/** Runs files in Vitest's order: those that failed, then the slowest. One file comes before all. */
export default class FileOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isFirst = ({ moduleId }: TestSpecification) => moduleId.endsWith(FIRST);
    return [...sorted.filter(isFirst), ...sorted.filter((file) => !isFirst(file))];
  }
}
