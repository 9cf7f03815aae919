import { beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod/mini';
import { STOCK_OUTCOME_SECONDS_MAX } from '../../../lambdas/shared/events/delivery-times.ts';
import { synthesizeTemplates } from '../../support/infra/synthesize-templates.ts';
import {
  findResource,
  functionBehindAlias,
  type Resource,
  readProperties,
  resourcesOf,
  resourcesOfType,
} from '../../support/infra/templates.ts';

const MACHINES = ['ProcessOrder', 'CancelOrder'] as const;
type Machine = (typeof MACHINES)[number];

const Retrier = z.object({
  ErrorEquals: z.array(z.string()),
  MaxAttempts: z.number(),
  IntervalSeconds: z.optional(z.number()),
  BackoffRate: z.optional(z.number()),
  JitterStrategy: z.optional(z.string()),
});
const Catcher = z.object({
  ErrorEquals: z.array(z.string()),
  Next: z.string(),
  ResultPath: z.string(),
});
const State = z.looseObject({
  Type: z.string(),
  Resource: z.optional(z.string()),
  Parameters: z.optional(z.looseObject({ FunctionName: z.optional(z.string()) })),
  Next: z.optional(z.string()),
  End: z.optional(z.boolean()),
  TimeoutSeconds: z.optional(z.number()),
  Retry: z.optional(z.array(Retrier)),
  Catch: z.optional(z.array(Catcher)),
  // A state may choose JSONata; the default is JSONPath.
  QueryLanguage: z.optional(z.undefined()),
  Branches: z.optional(
    z.array(
      z.object({
        StartAt: z.string(),
        States: z.record(z.string(), z.looseObject({ Type: z.string() })),
      }),
    ),
  ),
});
type State = z.infer<typeof State>;
const Definition = z.object({
  StartAt: z.string(),
  TimeoutSeconds: z.number(),
  QueryLanguage: z.literal('JSONPath'),
  States: z.record(z.string(), State),
});
type States = Readonly<Record<string, State>>;
type Chain = { readonly StartAt: string; readonly States: States };

let resources: readonly Resource[];

beforeAll(() => {
  resources = resourcesOf(synthesizeTemplates({ monitoring: 'full' }));
});

const machineOf = (name: Machine) => findResource(resources, `orders/Saga/${name}`);
const definitionOf = (name: Machine) => {
  const { DefinitionString } = readProperties(
    z.object({ DefinitionString: z.string() }),
    machineOf(name),
  );
  return Definition.parse(JSON.parse(DefinitionString));
};

const branchesOf = ({ Branches = [] }: State): readonly Chain[] =>
  Branches.map(({ StartAt, States }) => ({
    StartAt,
    States: z.record(z.string(), State).parse(States),
  }));

/** Returns all states, including those of branches. */
const allStates = ({ States }: Chain): readonly (readonly [name: string, state: State])[] =>
  Object.entries(States).flatMap(([name, state]) => [
    [name, state] as const,
    ...branchesOf(state).flatMap(allStates),
  ]);

const stateOf = ({ States }: Chain, name: string): State => {
  const state = States[name];
  if (state === undefined) throw new Error(`there is no state ${name}`);
  return state;
};

/** Returns the states from the start that run without an error or a choice. */
function happyPathOf(chain: Chain): readonly string[] {
  const names: string[] = [];
  for (
    let name: string | undefined = chain.StartAt;
    name !== undefined;
    name = stateOf(chain, name).Next
  ) {
    names.push(name);
  }
  return names;
}

const catchAllTarget = ({ Catch = [] }: State): string | undefined =>
  Catch.find(({ ErrorEquals }) => ErrorEquals.includes('States.ALL'))?.Next;

/** States that flag the order for attention, each with what is known at that point. */
const FLAG_STATES = ['FlagOrderForAttention', 'FlagUncancelledOrder', 'FlagUncompensatedOrder'];

describe.each(MACHINES)('%s', (name) => {
  test('is a Standard workflow, written in JSONPath', () => {
    expect(machineOf(name).properties.StateMachineType).toBe('STANDARD');
    expect(definitionOf(name).QueryLanguage).toBe('JSONPath');
  });

  test('keeps its input and adds an error beside it', () => {
    const catchers = allStates(definitionOf(name)).flatMap(([, { Catch = [] }]) => Catch);

    expect(catchers.length).toBeGreaterThan(3);
    expect(new Set(catchers.map(({ ResultPath }) => ResultPath))).toEqual(new Set(['$.error']));
  });

  test('has no task that can end it unhandled: each catches everything or precedes the failed state', () => {
    const definition = definitionOf(name);
    const tasks = allStates(definition).filter(([, { Type }]) => Type === 'Task');

    const open = tasks.filter(([, state]) => catchAllTarget(state) === undefined);

    expect(open.map(([task]) => task).sort()).toEqual(FLAG_STATES);
    for (const [, { Next = '' }] of open) expect(stateOf(definition, Next).Type).toBe('Fail');
    expect(tasks.length).toBeGreaterThan(open.length);
  });

  test('calls each function under its state’s name through the service integration', () => {
    const called = allStates(definitionOf(name))
      .filter(([, { Type }]) => Type === 'Task')
      .map(([task, { Resource: integration, Parameters }]) => [
        task,
        integration,
        functionBehindAlias(Parameters?.FunctionName ?? '')
          .split('/')
          .at(-1),
      ]);

    expect(called).toEqual(
      called.map(([task]) => [
        task,
        `arn:<Partition>:states:::lambda:invoke${task === 'ConfirmOrder' ? '.waitForTaskToken' : ''}`,
        // Three states flag the order, each with what is known at that point.
        FLAG_STATES.includes(task ?? '') ? 'FlagOrderForAttention' : task,
      ]),
    );
  });

  test('has a timeout of at most an hour', () => {
    expect(definitionOf(name).TimeoutSeconds).toBe(3600);
  });

  test.each([
    ['failed', 'ExecutionsFailed'],
    ['timed out', 'ExecutionsTimedOut'],
    ['was aborted', 'ExecutionsAborted'],
  ])('raises an alarm at the first execution that %s', (_ending, metric) => {
    const alarms = resourcesOfType(resources, 'AWS::CloudWatch::Alarm')
      .map(({ properties }) => properties)
      .filter(
        ({ MetricName, Dimensions }) =>
          MetricName === metric && JSON.stringify(Dimensions).includes(`"${machineOf(name).name}"`),
      );

    expect(alarms).toEqual([
      expect.objectContaining({
        Namespace: 'AWS/States',
        Dimensions: [{ Name: 'StateMachineArn', Value: machineOf(name).name }],
        Statistic: 'Sum',
        Threshold: 1,
        EvaluationPeriods: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
        AlarmActions: ['shared/Alarms'],
      }),
    ]);
  });
});

describe('the success path of ProcessOrder', () => {
  const STEPS = ['AuthorizePayment', 'ConfirmOrder', 'CapturePayment'];

  test('has exactly three tasks, the last of which ends it', () => {
    const definition = definitionOf('ProcessOrder');

    expect(happyPathOf(definition)).toEqual(STEPS);
    expect(STEPS.map((step) => stateOf(definition, step).Type)).toEqual(['Task', 'Task', 'Task']);
    expect(STEPS.map((step) => stateOf(definition, step).End)).toEqual([
      undefined,
      undefined,
      true,
    ]);
  });

  test('waits for ConfirmOrder with a task token for the slowest delivery of all events', () => {
    const confirm = stateOf(definitionOf('ProcessOrder'), 'ConfirmOrder');

    expect(confirm.Resource).toMatch(/\.waitForTaskToken$/);
    expect(confirm.TimeoutSeconds).toBe(STOCK_OUTCOME_SECONDS_MAX);
    expect(confirm.Parameters?.Payload).toEqual({
      'orderId.$': '$.orderId',
      'attempt.$': '$.attempt',
      'correlationId.$': '$.correlationId',
      'taskToken.$': '$$.Task.Token',
    });
  });

  test('has no other timeout, so States.Timeout in a compensation means the stock outcome', () => {
    const limited = MACHINES.flatMap((name) => allStates(definitionOf(name))).filter(
      ([, { TimeoutSeconds }]) => TimeoutSeconds !== undefined,
    );

    expect(limited.map(([name]) => name)).toEqual(['ConfirmOrder']);
  });

  test.each(STEPS)('any error of %s leads to the compensation', (step) => {
    const definition = definitionOf('ProcessOrder');

    expect(catchAllTarget(stateOf(definition, step))).toBe('BeginCancellation');
    expect(stateOf(definition, 'BeginCancellation').Next).toBe('Compensate');
  });

  test('only a declined payment returns the order to the customer', () => {
    const definition = definitionOf('ProcessOrder');
    const elsewhere = STEPS.flatMap((step) =>
      (stateOf(definition, step).Catch ?? [])
        .filter(({ Next }) => Next !== 'BeginCancellation')
        .map(({ ErrorEquals, Next }) => ({ step, ErrorEquals, Next })),
    );

    expect(elsewhere).toEqual([
      {
        step: 'AuthorizePayment',
        ErrorEquals: ['PaymentDeclined', 'PaymentRequiresAction'],
        Next: 'RejectPayment',
      },
    ]);
    expect(stateOf(definition, 'RejectPayment').End).toBe(true);
    expect(catchAllTarget(stateOf(definition, 'RejectPayment'))).toBe('BeginCancellation');
  });

  test.each([
    ['AuthorizePayment', ['PaymentDeclined', 'PaymentRequiresAction']],
    // A retry would wait without result, because the late stock outcome may have been recorded.
    ['ConfirmOrder', ['StockCommitFailed', 'OrderUnexpectedStatus', 'States.Timeout']],
    ['CapturePayment', ['PaymentCaptureFailed']],
  ])('%s is retried after an unexpected error, but not after a rejection', (step, refusals) => {
    expect(stateOf(definitionOf('ProcessOrder'), step).Retry).toEqual([
      { ErrorEquals: refusals, MaxAttempts: 0 },
      {
        ErrorEquals: ['States.ALL'],
        MaxAttempts: 3,
        IntervalSeconds: 1,
        BackoffRate: 2,
        JitterStrategy: 'FULL',
      },
    ]);
  });
});

describe('the compensation', () => {
  const COMPENSATING = [
    'Compensate',
    'IsCompensated',
    'ConcludeCancellation',
    ...FLAG_STATES,
    'NeedsAttention',
  ];

  test('is the whole of CancelOrder and the same in ProcessOrder', () => {
    const { StartAt, States } = definitionOf('CancelOrder');
    const process = definitionOf('ProcessOrder');

    expect(StartAt).toBe('Compensate');
    expect(Object.keys(States).sort()).toEqual([...COMPENSATING].sort());
    expect(Object.fromEntries(COMPENSATING.map((name) => [name, stateOf(process, name)]))).toEqual(
      States,
    );
  });

  test('reverses payment and stock in two branches, each with five retries from one second', () => {
    const undo = stateOf(definitionOf('CancelOrder'), 'Compensate');

    const branches = branchesOf(undo).map((branch) => {
      const { Retry } = stateOf(branch, branch.StartAt);
      return { step: branch.StartAt, Retry };
    });

    const retry = [
      { ErrorEquals: ['States.ALL'], MaxAttempts: 5, IntervalSeconds: 1, BackoffRate: 2 },
    ];
    expect(undo.Type).toBe('Parallel');
    expect(branches).toEqual([
      { step: 'ReversePayment', Retry: retry },
      { step: 'ReleaseStock', Retry: retry },
    ]);
  });

  test('a branch that fails permanently records it and does not stop the other one', () => {
    for (const branch of branchesOf(stateOf(definitionOf('CancelOrder'), 'Compensate'))) {
      const failed = catchAllTarget(stateOf(branch, branch.StartAt)) ?? '';

      expect(failed).toBe(`${branch.StartAt}Failed`);
      expect(stateOf(branch, failed)).toEqual({
        Type: 'Pass',
        Parameters: { 'error.$': '$.error' },
        End: true,
      });
    }
  });

  test('cancels the order only when both succeeded, else flags it for attention', () => {
    const { Choices, Default } = stateOf(definitionOf('CancelOrder'), 'IsCompensated');

    expect(stateOf(definitionOf('CancelOrder'), 'Compensate').Next).toBe('IsCompensated');
    expect(Default).toBe('ConcludeCancellation');
    expect(Choices).toEqual([
      {
        Or: [0, 1].map((branch) => ({
          Variable: `$.compensation[${branch}].error`,
          IsPresent: true,
        })),
        Next: 'FlagUncompensatedOrder',
      },
    ]);
  });

  test.each([
    ['Compensate', 'FlagOrderForAttention'],
    ['ConcludeCancellation', 'FlagUncancelledOrder'],
  ])('an error of %s flags the order for attention', (step, parked) => {
    expect(catchAllTarget(stateOf(definitionOf('CancelOrder'), step))).toBe(parked);
  });

  test('an order that needs attention is a failed execution, which raises the alarm', () => {
    const definition = definitionOf('CancelOrder');

    expect(FLAG_STATES.map((step) => stateOf(definition, step).Next)).toEqual(
      FLAG_STATES.map(() => 'NeedsAttention'),
    );
    expect(stateOf(definition, 'NeedsAttention')).toMatchObject({
      Type: 'Fail',
      Error: 'OrderNeedsAttention',
    });
  });

  test('an order that was completed meanwhile is not compensated', () => {
    const definition = definitionOf('ProcessOrder');

    expect(stateOf(definition, 'BeginCancellation').Catch).toEqual([
      { ErrorEquals: ['OrderAlreadyCompleted'], ResultPath: '$.error', Next: 'AlreadyCompleted' },
      { ErrorEquals: ['States.ALL'], ResultPath: '$.error', Next: 'FlagOrderForAttention' },
    ]);
    expect(stateOf(definition, 'AlreadyCompleted')).toEqual({ Type: 'Succeed' });
  });
});

test('there are no other state machines', () => {
  expect(
    resourcesOfType(resources, 'AWS::StepFunctions::StateMachine').map(({ name }) => name),
  ).toEqual(MACHINES.map((name) => `orders/Saga/${name}`));
});
