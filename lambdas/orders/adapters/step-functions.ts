import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  InvalidToken,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  type SFNClient,
  StartExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from '@aws-sdk/client-sfn';
import { log } from '../../shared/observability/logger.ts';
import type { Saga } from '../domain/order.ts';
import type { SagaExecution } from '../domain/repair-order.ts';
import type { SagaInput, Sagas, SagaWatch, WaitingSaga } from '../use-cases/ports.ts';

export class StepFunctionsSagas implements Sagas, SagaWatch {
  readonly #client: SFNClient;
  readonly #arns: Readonly<Record<Saga['machine'], () => string>>;

  /** `arns` are asked for when a machine is started: a function has those that it may start. */
  constructor(client: SFNClient, arns: Readonly<Record<Saga['machine'], () => string>>) {
    this.#client = client;
    this.#arns = arns;
  }

  async start({ machine, name }: Saga, input: SagaInput): Promise<void> {
    try {
      await this.#client.send(
        new StartExecutionCommand({
          stateMachineArn: this.#arns[machine](),
          name,
          input: JSON.stringify(input),
        }),
      );
    } catch (fault) {
      if (!(fault instanceof ExecutionAlreadyExists)) throw fault;
    }
  }

  async execution({ machine, name }: Saga): Promise<SagaExecution> {
    const executionArn = `${this.#arns[machine]().replace(':stateMachine:', ':execution:')}:${name}`;
    try {
      const { status } = await this.#client.send(new DescribeExecutionCommand({ executionArn }));
      if (status === undefined || RUNNING.has(status)) return 'RUNNING';
      return status as SagaExecution;
    } catch (fault) {
      if (fault instanceof ExecutionDoesNotExist) return 'NOT_STARTED';
      throw fault;
    }
  }
}

const RUNNING: ReadonlySet<string> = new Set(['RUNNING', 'PENDING_REDRIVE']);

export class StepFunctionsCallback implements WaitingSaga {
  readonly #client: SFNClient;

  constructor(client: SFNClient) {
    this.#client = client;
  }

  stockCommitted(taskToken: string): Promise<void> {
    return recordingLate(() =>
      this.#client.send(new SendTaskSuccessCommand({ taskToken, output: '{}' })),
    );
  }

  stockCommitFailed(taskToken: string, code: string): Promise<void> {
    return recordingLate(() =>
      this.#client.send(
        new SendTaskFailureCommand({ taskToken, error: 'StockCommitFailed', cause: code }),
      ),
    );
  }
}

/** A token that nobody waits for any more is no fault: the saga timed out, or was told before. */
async function recordingLate(send: () => Promise<unknown>): Promise<void> {
  try {
    await send();
  } catch (fault) {
    const isLate =
      fault instanceof TaskTimedOut ||
      fault instanceof TaskDoesNotExist ||
      fault instanceof InvalidToken;
    if (!isLate) throw fault;
    log.warn('a stock answer came too late for its saga', { error: fault.name });
  }
}
