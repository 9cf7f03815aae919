type FunctionEvent = {
  readonly requestContext?: unknown;
  readonly routeKey?: string;
  readonly rawPath?: string;
  readonly rawQueryString?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly Records?: readonly {
    readonly body?: string;
    readonly dynamodb?: { readonly SequenceNumber?: string; readonly NewImage?: unknown };
  }[];
};

/** Fields that differ in each run of a scenario and do not affect it. */
const VOLATILE_FIELDS =
  /"(?:taskToken|id|time|correlationId|requestId)":(?:"[^"]*"|\{"S":"[^"]*"\}),?/g;

/**
 * Returns the content of an event, without the fields that differ in each run of the same scenario.
 */
export function eventIdentityOf(event: unknown): string {
  const { requestContext, routeKey, rawPath, rawQueryString, headers, body, Records } = (event ??
    {}) as FunctionEvent;
  if (requestContext !== undefined)
    return [routeKey, rawPath, rawQueryString, headers?.['idempotency-key'] ?? '', body ?? ''].join(
      ' ',
    );
  const content = Records?.map((record) => record.body ?? record.dynamodb?.NewImage) ?? event;
  return JSON.stringify(content).replaceAll('\\"', '"').replaceAll(VOLATILE_FIELDS, '');
}
