import { expect, test } from 'vitest';
import { Admission } from '../../../../local/functions/admission.ts';
import {
  CHAIN_INVOCATIONS_MAX,
  extendChain,
  longestChainHeader,
} from '../../../../local/functions/request-chain.ts';

const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:work';
const OTHER_ARN = 'arn:aws:lambda:us-east-1:000000000000:function:other';

/** Returns the header after `times` invocations of a function in one chain. */
function headerAfter(times: number, functionArn = ARN): string | undefined {
  let header: string | undefined;
  for (let time = 0; time < times; time += 1) header = extendChain(header, functionArn).traceHeader;
  return header;
}

const admission = (over: Partial<ConstructorParameters<typeof Admission>[1]> = {}) =>
  new Admission(ARN, { allowsLoop: false, reservedConcurrency: undefined, ...over });

test('a header has the fields of a trace header and counts invocations', () => {
  const { traceHeader, earlierInvocations } = extendChain(undefined, ARN);

  expect(traceHeader).toMatch(
    /^Root=1-[\da-f]{8}-[\da-f]{24};Parent=[\da-f]{16};Sampled=0;Lineage=[\da-f]{8}:1$/,
  );
  expect(earlierInvocations).toBe(0);
  expect(extendChain(traceHeader, ARN).earlierInvocations).toBe(1);
});

test('a chain keeps its root and counts each function separately', () => {
  const first = extendChain(undefined, ARN).traceHeader;
  const second = extendChain(first, OTHER_ARN).traceHeader;

  expect(second.split(';')[0]).toBe(first.split(';')[0]);
  expect(extendChain(second, OTHER_ARN).earlierInvocations).toBe(1);
  expect(extendChain(second, ARN).earlierInvocations).toBe(1);
});

test('a header of another origin starts the count', () => {
  const header = 'Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1';

  const next = extendChain(header, ARN);

  expect(next.earlierInvocations).toBe(0);
  expect(next.traceHeader).toContain('Root=1-5759e988-bd862e3fe1be46a994272793;');
});

test('a batch continues the chain with the most invocations', () => {
  const headers = [headerAfter(2), undefined, headerAfter(5), headerAfter(9, OTHER_ARN)];

  expect(longestChainHeader(headers, ARN)).toBe(headers[2]);
  expect(longestChainHeader([undefined], ARN)).toBeUndefined();
});

test('admits the 16th invocation of a chain and rejects the next', () => {
  expect(admission().enter(headerAfter(CHAIN_INVOCATIONS_MAX - 1))).toHaveProperty('traceHeader');
  expect(admission().enter(headerAfter(CHAIN_INVOCATIONS_MAX))).toMatchObject({
    ok: false,
    rejectionStatus: 400,
    error: { errorType: 'RecursiveInvocationException' },
  });
  expect(admission().enter(headerAfter(CHAIN_INVOCATIONS_MAX + 1))).toMatchObject({
    rejectionStatus: 400,
  });
});

test('admits a function that may loop at any length of the chain', () => {
  const entered = admission({ allowsLoop: true }).enter(headerAfter(10 * CHAIN_INVOCATIONS_MAX));

  expect(entered).toHaveProperty('traceHeader');
});

test('rejects more invocations than the reserved concurrency', () => {
  const two = admission({ reservedConcurrency: 2 });
  const first = two.enter(undefined);
  two.enter(undefined);

  expect(two.enter(undefined)).toMatchObject({
    ok: false,
    rejectionStatus: 429,
    error: { errorType: 'TooManyRequestsException' },
  });
  if ('release' in first) first.release();
  expect(two.enter(undefined)).toHaveProperty('traceHeader');
});

test('rejects every invocation at a reserved concurrency of 0', () => {
  const stopped = admission({ reservedConcurrency: 0 });

  expect(stopped.enter(undefined)).toMatchObject({ rejectionStatus: 429 });
  stopped.reservedConcurrency = undefined;
  expect(stopped.enter(undefined)).toHaveProperty('traceHeader');
});
