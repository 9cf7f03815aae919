import type { ExecutionResult } from './execution.ts';

/** An execution, from its start until the runtime stops. */
export type Execution = {
  readonly arn: string;
  readonly name: string;
  readonly machineArn: string;
  readonly input: string;
  readonly startedAt: Date;
  /** Events between the start and the end. */
  readonly events: object[];
  stoppedAt?: Date;
  outcome?: ExecutionResult;
};

export const epochSeconds = (time: Date): number => time.getTime() / 1_000;

export const startResponse = ({ arn, startedAt }: Execution) => ({
  executionArn: arn,
  startDate: epochSeconds(startedAt),
});

export const executionSummaryOf = ({
  arn,
  name,
  machineArn,
  startedAt,
  stoppedAt,
  outcome,
}: Execution) => ({
  executionArn: arn,
  stateMachineArn: machineArn,
  name,
  status: outcome?.status ?? 'RUNNING',
  startDate: epochSeconds(startedAt),
  ...(stoppedAt === undefined ? {} : { stopDate: epochSeconds(stoppedAt) }),
});

/** Returns all events in one page. Omits those of retries and of branches. */
export function historyOf({
  input,
  startedAt,
  events,
  stoppedAt,
  outcome,
}: Execution): readonly object[] {
  const startEvent = { type: 'ExecutionStarted', executionStartedEventDetails: { input } };
  const all = [
    { timestamp: epochSeconds(startedAt), ...startEvent },
    ...events,
    ...(outcome === undefined || stoppedAt === undefined
      ? []
      : [{ timestamp: epochSeconds(stoppedAt), ...endEventOf(outcome) }]),
  ];
  return all.map((event, index) => ({ id: index + 1, previousEventId: index, ...event }));
}

function endEventOf({ status, output, error, cause }: ExecutionResult): object {
  switch (status) {
    case 'SUCCEEDED':
      return {
        type: 'ExecutionSucceeded',
        executionSucceededEventDetails: { output: JSON.stringify(output) },
      };
    case 'FAILED':
      return { type: 'ExecutionFailed', executionFailedEventDetails: { error, cause } };
    case 'TIMED_OUT':
      return { type: 'ExecutionTimedOut', executionTimedOutEventDetails: { error, cause } };
    case 'ABORTED':
      return { type: 'ExecutionAborted', executionAbortedEventDetails: { error, cause } };
  }
}
