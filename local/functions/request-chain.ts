import { createHash, randomBytes } from 'node:crypto';

/**
 * Number of invocations of a function in one chain of requests after which Lambda stops the next
 * one. Lambda counts them in the lineage of the X-Ray trace header. The chain continues through SQS
 * and through Lambda's Invoke; another service in between, such as DynamoDB or EventBridge, starts
 * a new chain.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
export const CHAIN_INVOCATIONS_MAX = 16;

const RESOURCE_CHARACTERS = 8;
const ROOT_BYTES = 12;
const SPAN_BYTES = 8;

/**
 * Returns the trace header of the next invocation of a function in the chain, and the number of its
 * invocations before. `before` is the header of the event; undefined starts a chain. The lineage is
 * `<hash of a function>:<count>`, separated by `|`: AWS does not document the content of its own.
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader
 */
export function extendChain(
  incomingHeader: string | undefined,
  functionArn: string,
): { readonly traceHeader: string; readonly earlierInvocations: number } {
  const fields = new Map((incomingHeader ?? '').split(';').map((field) => splitPair(field, '=')));
  const lineage = new Map(
    (fields.get('Lineage') ?? '').split('|').flatMap((entry) => {
      const [resource, count] = splitPair(entry, ':');
      return resource === '' ? [] : [[resource, Number(count)] as const];
    }),
  );
  const resource = createHash('sha256')
    .update(functionArn)
    .digest('hex')
    .slice(0, RESOURCE_CHARACTERS);
  const earlierInvocations = lineage.get(resource) ?? 0;
  lineage.set(resource, earlierInvocations + 1);
  const counts = [...lineage].map(([of, count]) => `${of}:${count}`).join('|');
  const root = fields.get('Root') ?? createTraceRoot();
  const parent = randomBytes(SPAN_BYTES).toString('hex');
  return {
    traceHeader: `Root=${root};Parent=${parent};Sampled=0;Lineage=${counts}`,
    earlierInvocations,
  };
}

/**
 * Returns the header of a batch: among those of its messages, the one in which the function was
 * invoked most often. AWS does not document which header Lambda uses.
 */
export function longestChainHeader(
  headers: readonly (string | undefined)[],
  functionArn: string,
): string | undefined {
  const invocationsOf = (header: string | undefined) =>
    extendChain(header, functionArn).earlierInvocations;
  return headers.toSorted((one, other) => invocationsOf(other) - invocationsOf(one))[0];
}

const createTraceRoot = (): string =>
  `1-${Math.floor(Date.now() / 1_000).toString(16)}-${randomBytes(ROOT_BYTES).toString('hex')}`;

function splitPair(text: string, separator: string): readonly [string, string] {
  const [name = '', value = ''] = text.split(separator);
  return [name, value];
}
