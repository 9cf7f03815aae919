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
import type { SagaExecutionStatus } from '../../contracts/api/audit.ts';
import { OrderError } from '../../contracts/saga-errors.ts';
import { logger } from '../../shared/observability/logger.ts';
import type { Saga } from '../domain/order.ts';
import type { SagaCallback, SagaInput, SagaReader, Sagas } from '../use-cases/ports.ts';

export class StepFunctionsSagas implements Sagas, SagaReader {
  readonly #client: SFNClient;
  readonly #arns: Readonly<Record<Saga['machine'], () => string>>;

  /**
   * `arns` are read when a machine is started, because each function has only those that it may
   * start.
   */
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
    } catch (error) {
      if (!(error instanceof ExecutionAlreadyExists)) throw error;
    }
  }

  async executionStatus({ machine, name }: Saga): Promise<SagaExecutionStatus> {
    const executionArn = `${this.#arns[machine]().replace(':stateMachine:', ':execution:')}:${name}`;
    try {
      const { status } = await this.#client.send(new DescribeExecutionCommand({ executionArn }));
      if (status === undefined || RUNNING_STATUSES.has(status)) return 'RUNNING';
      return status as SagaExecutionStatus;
    } catch (error) {
      if (error instanceof ExecutionDoesNotExist) return 'NOT_STARTED';
      throw error;
    }
  }
}

const RUNNING_STATUSES: ReadonlySet<string> = new Set(['RUNNING', 'PENDING_REDRIVE']);

export class StepFunctionsSagaCallback implements SagaCallback {
  readonly #client: SFNClient;

  constructor(client: SFNClient) {
    this.#client = client;
  }

  reportStockCommitted(taskToken: string): Promise<void> {
    return logIfLate(() =>
      this.#client.send(new SendTaskSuccessCommand({ taskToken, output: '{}' })),
    );
  }

  reportStockCommitFailed(taskToken: string, code: string): Promise<void> {
    return logIfLate(() =>
      this.#client.send(
        new SendTaskFailureCommand({ taskToken, error: OrderError.stockCommitFailed, cause: code }),
      ),
    );
  }
}

/**
 * Sends a task result. Logs a token that is no longer waited for: the saga timed out or was resumed
 * before.
 */
async function logIfLate(send: () => Promise<unknown>): Promise<void> {
  try {
    await send();
  } catch (error) {
    const isLate =
      error instanceof TaskTimedOut ||
      error instanceof TaskDoesNotExist ||
      error instanceof InvalidToken;
    if (!isLate) throw error;
    logger.warn('stock outcome arrived too late for its saga', { error: error.name });
  }
}
