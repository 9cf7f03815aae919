/** An error as AWS's JSON protocol answers it: HTTP 400 with `__type` and `message`. */
export class AwsError extends Error {
  constructor(type: string, message: string) {
    super(message);
    this.name = type;
  }
}

/** One action of a service: takes the request's JSON, answers the response's. */
export type AwsAction = (request: unknown) => unknown;
