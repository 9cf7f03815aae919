/**
 * An error that the user can fix. Its message states what is wrong and what to do, so it is printed
 * without a stack trace.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
}

/**
 * An error of an AWS service. The JSON protocol sends it as HTTP 400 with `__type` and `message`.
 */
export class AwsError extends Error {
  constructor(type: string, message: string) {
    super(message);
    this.name = type;
  }
}

/** An error of a state. Retry and Catch match its name; its message is the Cause. */
export class StepError extends Error {
  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
  }
}
