import {
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  type SFNClient,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { describe, expect, test } from 'vitest';
import {
  StepFunctionsSagaCallback,
  StepFunctionsSagas,
} from '../../../../lambdas/orders/adapters/step-functions.ts';

const SAGA = { machine: 'process', name: 'ord-1-1' } as const;
const INPUT = { orderId: 'ord-1', attempt: 1 } as never;
const DETAILS = { message: 'no', $metadata: {} };

/** Creates a client whose every call throws the error. The adapters use only `send`. */
const failingClient = (error: Error) =>
  ({
    send: async () => {
      throw error;
    },
  }) as unknown as SFNClient;
const failingSagas = (error: Error): StepFunctionsSagas => {
  const arnOf = () => 'arn:aws:states:us-east-1:000000000000:stateMachine:Saga';
  return new StepFunctionsSagas(failingClient(error), { process: arnOf, cancel: arnOf });
};

describe('the start of a saga', () => {
  test('is done when its execution exists already', async () => {
    const sagas = failingSagas(new ExecutionAlreadyExists(DETAILS));

    await expect(sagas.start(SAGA, INPUT)).resolves.toBeUndefined();
  });

  test('throws every other error', async () => {
    const sagas = failingSagas(new Error('throttled'));

    await expect(sagas.start(SAGA, INPUT)).rejects.toThrow('throttled');
  });
});

describe('the status of a saga', () => {
  test('is NOT_STARTED when it has no execution', async () => {
    const sagas = failingSagas(new ExecutionDoesNotExist(DETAILS));

    expect(await sagas.executionStatus(SAGA)).toBe('NOT_STARTED');
  });
});

describe('the result of a task', () => {
  test('is no error when the saga no longer waits for it', async () => {
    const callback = new StepFunctionsSagaCallback(failingClient(new TaskTimedOut(DETAILS)));

    await expect(callback.reportStockCommitted('token')).resolves.toBeUndefined();
  });

  test('throws every other error', async () => {
    const callback = new StepFunctionsSagaCallback(failingClient(new Error('throttled')));

    await expect(callback.reportStockCommitFailed('token', 'CODE')).rejects.toThrow('throttled');
  });
});
