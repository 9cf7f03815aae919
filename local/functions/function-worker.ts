import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { InvokeStore, InvokeStoreBase } from '@aws/lambda-invoke-store';
import { CRASH_STATUS, interceptCalls } from '../faults/intercept-calls.ts';
import type { Invocation, WorkerMessage, WorkerSettings } from './environment.ts';
import type { FunctionError } from './invoke.ts';

const { codePath, handler, functionName, functionArn } = workerData as WorkerSettings;

type Handler = (event: unknown, context: unknown) => unknown;

/**
 * Converts an error to the form in which Lambda reports it.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-exceptions.html
 */
function toFunctionError(error: unknown): FunctionError {
  if (!(error instanceof Error))
    return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return {
    errorType: error.name,
    errorMessage: error.message,
    trace: (error.stack ?? '').split('\n'),
  };
}

const post = (message: WorkerMessage): void => parentPort?.postMessage(message);

/** Posts the outcome of an invocation, unless the invocation crashes. */
function conclude({ crashes }: Invocation, outcome: WorkerMessage): void {
  if (crashes) process.exit(CRASH_STATUS);
  post(outcome);
}

async function loadHandler(): Promise<Handler> {
  const [file = '', name = ''] = handler.split('.');
  const loaded: Readonly<Record<string, unknown>> = await import(
    pathToFileURL(path.join(codePath, `${file}.mjs`)).href
  );
  const found = loaded[name];
  if (typeof found !== 'function') throw new Error(`${handler} is not exported by ${codePath}`);
  return found as Handler;
}

function lambdaContextOf({ requestId, deadline }: Invocation) {
  return {
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    functionName,
    functionVersion: '$LATEST',
    invokedFunctionArn: functionArn,
    logGroupName: `/aws/lambda/${functionName}`,
    logStreamName: 'local',
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
  };
}

/**
 * Context from which the SDK reads the trace header of the invocation that sends a request.
 * Invocations run concurrently, so the variable _X_AMZN_TRACE_ID cannot hold it. Lambda's runtime
 * does the same when an environment runs several invocations.
 */
const invocations = await InvokeStore.getInstanceAsync(true);
const { X_RAY_TRACE_ID } = InvokeStoreBase.PROTECTED_KEYS;
const runWithCallFaults = interceptCalls(({ call, kind }) =>
  post({ kind: 'callFault', call, faultKind: kind }),
);

try {
  const run = await loadHandler();
  parentPort?.on('message', async (invocation: Invocation) => {
    const { requestId } = invocation;
    try {
      const result = await invocations.run({ [X_RAY_TRACE_ID]: invocation.traceHeader }, () =>
        runWithCallFaults(invocation.callFaults, () =>
          run(JSON.parse(invocation.payload), lambdaContextOf(invocation)),
        ),
      );
      const payload = JSON.stringify(result ?? null);
      conclude(invocation, { kind: 'result', requestId, payload });
    } catch (error) {
      // Lambda's runtime logs thrown errors in this form, after a time and the request's id.
      console.error(JSON.stringify(toFunctionError(error)));
      conclude(invocation, { kind: 'error', requestId, error: toFunctionError(error) });
    }
  });
  post({ kind: 'ready' });
} catch (error) {
  console.error(error);
  post({ kind: 'initError', error: toFunctionError(error) });
}
