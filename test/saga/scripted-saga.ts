import { StepError } from '../../local/errors.ts';
import { type ExecutionResult, runExecution } from '../../local/step-functions/execution.ts';
import { TaskTokens } from '../../local/step-functions/task-tokens.ts';
import { synthesizeTemplates } from '../support/infra/synthesize-templates.ts';

type Machine = 'ProcessOrder' | 'CancelOrder';
/**
 * Outcome of a step: a response, or the error of that name. The last one applies to all later
 * calls.
 */
export type StepOutcome =
  | { readonly response: unknown }
  | { readonly error: string; readonly cause?: string };
export type Script = Readonly<Record<string, readonly StepOutcome[]>>;
export type StepCall = {
  readonly step: string;
  readonly payload: Readonly<Record<string, unknown>>;
};

export type SagaRun = ExecutionResult & { readonly calls: readonly StepCall[] };

export const returns = (response: unknown = {}): StepOutcome => ({ response });
export const fails = (error: string, cause = ''): StepOutcome => ({ error, cause });

export const INPUT = {
  orderId: 'ord-1',
  attempt: 1,
  correlationId: 'corr-1',
  total: { amount: 1700, currency: 'EUR' },
  paymentMethod: 'pm_ok',
};

/** Successful results of the steps that a script does not name. */
const SUCCESS_SCRIPT: Script = {
  AuthorizePayment: [returns({ status: 'AUTHORIZED' })],
  ConfirmOrder: [returns({ status: 'CONFIRMED' })],
  StockOutcome: [returns({})],
  CapturePayment: [returns({ status: 'CAPTURED' })],
  RejectPayment: [returns({ status: 'PENDING_PAYMENT' })],
  BeginCancellation: [returns({ status: 'CANCELLING' })],
  ReversePayment: [returns({ status: 'VOIDED' })],
  ReleaseStock: [returns({})],
  ConcludeCancellation: [returns({ status: 'CANCELLED' })],
  FlagOrderForAttention: [returns({ status: 'NEEDS_ATTENTION' })],
};

/** Scale of time: seconds of retries become milliseconds, and five minutes of waiting 300 ms. */
const TIME_SCALE = 0.001;
export const NEVER: StepOutcome = { response: 'never' };

/**
 * Runs an execution of the synthesized machine with scripted steps. `StockOutcome` is the outcome
 * of inventory after ConfirmOrder.
 */
export async function runSaga(machine: Machine, script: Script = {}): Promise<SagaRun> {
  const calls: StepCall[] = [];
  const taskTokens = new TaskTokens();
  const outcomeOf = (step: string): StepOutcome => {
    const outcomes = script[step] ?? SUCCESS_SCRIPT[step];
    const times = calls.filter((call) => call.step === step).length;
    const outcome = outcomes?.[Math.min(times, outcomes.length) - 1] ?? outcomes?.at(-1);
    if (outcome === undefined) throw new Error(`no outcome for ${step}`);
    return outcome;
  };

  const result = await runExecution({
    definition: definitionOf(machine),
    name: 'ord-1-1',
    input: INPUT,
    taskTokens,
    timeScale: TIME_SCALE,
    invoke: async (functionArn, payload) => {
      const step =
        Object.keys(SUCCESS_SCRIPT).find((name) => functionArn.includes(name)) ?? functionArn;
      calls.push({ step, payload: payload as StepCall['payload'] });
      const outcome = outcomeOf(step);
      if ('error' in outcome) throw new StepError(outcome.error, outcome.cause ?? '');
      if (step === 'ConfirmOrder')
        reportStockOutcome(
          taskTokens,
          String(calls.at(-1)?.payload.taskToken),
          outcomeOf('StockOutcome'),
        );
      return outcome.response;
    },
  });
  return { ...result, calls };
}

/** Reports the stock outcome after ConfirmOrder has returned, as the queue does. */
function reportStockOutcome(taskTokens: TaskTokens, token: string, outcome: StepOutcome): void {
  if (outcome === NEVER) return;
  setImmediate(() => {
    if ('error' in outcome) taskTokens.fail(token, outcome.error, outcome.cause ?? '');
    else taskTokens.succeed(token, outcome.response);
  });
}

/**
 * Returns the deployed definition, with each intrinsic function replaced by the text of its target.
 */
function definitionOf(machine: Machine): unknown {
  const machines = synthesizeTemplates().orders.findResources('AWS::StepFunctions::StateMachine');
  const found = Object.entries(machines).find(([logicalId]) => logicalId.includes(machine));
  const join: unknown = found?.[1]?.Properties.DefinitionString['Fn::Join'][1];
  if (!Array.isArray(join)) throw new Error(`there is no machine ${machine} in the template`);
  return JSON.parse(join.map((part) => (typeof part === 'string' ? part : textOf(part))).join(''));
}

/** Replaces `{ Ref: 'AWS::Partition' }` by `aws`, and a function's ARN by its name. */
const textOf = (part: unknown): string => {
  const text = JSON.stringify(part);
  return text.includes('AWS::Partition') ? 'aws' : text.replaceAll(/[^A-Za-z0-9]/g, '-');
};

export const callCount = ({ calls }: SagaRun, step: string): number =>
  calls.filter((call) => call.step === step).length;
export const payloadOf = ({ calls }: SagaRun, step: string) =>
  calls.findLast((call) => call.step === step)?.payload;
