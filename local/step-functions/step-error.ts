/** An error of a state: its name is what Retry and Catch match, its message the Cause. */
export class StepError extends Error {
  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
  }
}
