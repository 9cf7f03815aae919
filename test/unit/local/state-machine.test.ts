import { describe, expect, test } from 'vitest';
import { StepError } from '../../../local/errors.ts';
import type { Observation } from '../../../local/functions/observation.ts';
import {
  type ExecutionOptions,
  runExecution,
  startExecution,
} from '../../../local/step-functions/execution.ts';
import { TaskTokens } from '../../../local/step-functions/task-tokens.ts';

type Payload = { readonly token?: string; readonly [field: string]: unknown };

const INVOKE = 'arn:aws:states:::lambda:invoke';
const task = (over: object = {}) => ({
  Type: 'Task',
  Resource: INVOKE,
  Parameters: { FunctionName: 'step', 'Payload.$': '$' },
  ResultPath: '$.result',
  End: true,
  ...over,
});
const waitingTask = (over: object = {}) =>
  task({
    Resource: `${INVOKE}.waitForTaskToken`,
    Parameters: {
      FunctionName: 'step',
      Payload: { 'token.$': '$$.Task.Token', 'by.$': '$$.Execution.Name' },
    },
    ...over,
  });
const machine = (states: object, over: object = {}) => ({
  StartAt: Object.keys(states)[0],
  States: states,
  ...over,
});

const run = (
  definition: unknown,
  invoke: (payload: Payload) => unknown,
  over: Partial<ExecutionOptions> = {},
) =>
  runExecution({
    definition,
    name: 'run-1',
    input: { order: 'o-1' },
    taskTokens: new TaskTokens(),
    timeScale: 0.01,
    invoke: async (_, payload) => invoke(payload as Payload),
    ...over,
  });

describe('a state machine', () => {
  test('invokes its function and unwraps the payload', async () => {
    const result = await run(machine({ Step: task() }), ({ order }) => ({ got: order }));

    expect(result).toEqual({
      status: 'SUCCEEDED',
      output: { order: 'o-1', result: { Payload: { got: 'o-1' }, StatusCode: 200 } },
      states: ['Step'],
    });
  });

  test('fails with the error and cause of its function', async () => {
    const result = await run(machine({ Step: task() }), () => {
      throw new StepError('Rejected', '{"why":1}');
    });

    expect(result).toEqual({
      status: 'FAILED',
      error: 'Rejected',
      cause: '{"why":1}',
      states: ['Step'],
    });
  });

  test('retries, then catches by the name of the error', async () => {
    let attempts = 0;
    const caught = await run(
      machine({
        Step: task({
          Retry: [{ ErrorEquals: ['Busy'], MaxAttempts: 2, IntervalSeconds: 1, BackoffRate: 2 }],
          Catch: [{ ErrorEquals: ['Busy'], Next: 'Undo', ResultPath: '$.error' }],
        }),
        Undo: { Type: 'Pass', End: true },
      }),
      () => {
        attempts += 1;
        throw new StepError('Busy', 'later');
      },
    );

    expect(attempts).toBe(3);
    expect(caught).toMatchObject({ status: 'SUCCEEDED', states: ['Step', 'Undo'] });
    expect(caught.output).toEqual({ order: 'o-1', error: { Error: 'Busy', Cause: 'later' } });
  });

  test('reports each state that it enters, and each retry', async () => {
    const seen: Observation[] = [];
    let attempts = 0;

    await run(
      machine({
        Step: task({
          Retry: [{ ErrorEquals: ['Busy'], IntervalSeconds: 1 }],
          Next: 'Rest',
          End: undefined,
        }),
        Rest: { Type: 'Pass', End: true },
      }),
      () => {
        attempts += 1;
        if (attempts === 1) throw new StepError('Busy', 'later');
      },
      { machineName: 'saga', observe: (one) => seen.push(one) },
    );

    const transition = { kind: 'transition', machineName: 'saga' };
    expect(seen).toEqual([
      { ...transition, stateName: 'Step', isRetry: false },
      { ...transition, stateName: 'Step', isRetry: true },
      { ...transition, stateName: 'Rest', isRetry: false },
    ]);
  });

  test('waits for the result of its token', async () => {
    const taskTokens = new TaskTokens();

    const result = await run(
      machine({ Wait: waitingTask() }),
      ({ token = '', by }) => {
        setImmediate(() => taskTokens.succeed(token, { by }));
        return { ignored: true };
      },
      { taskTokens },
    );

    expect(result.output).toEqual({ order: 'o-1', result: { by: 'run-1' } });
  });

  test('gives each attempt its own token and rejects an old one', async () => {
    const taskTokens = new TaskTokens();
    const tokens: string[] = [];

    const result = await run(
      machine({ Wait: waitingTask({ Retry: [{ ErrorEquals: ['Again'], IntervalSeconds: 1 }] }) }),
      ({ token = '' }) => {
        tokens.push(token);
        if (tokens.length === 1) throw new StepError('Again', '');
        taskTokens.succeed(token, 'second');
      },
      { taskTokens },
    );

    expect(result).toMatchObject({ status: 'SUCCEEDED', output: { result: 'second' } });
    expect(new Set(tokens).size).toBe(2);
    expect(tokens.map((token) => taskTokens.succeed(token, {}))).toEqual([
      'TaskTimedOut',
      'TaskTimedOut',
    ]);
    expect(taskTokens.succeed('never made', {})).toBe('InvalidToken');
  });

  test('waits for the tokens of parallel branches', async () => {
    const taskTokens = new TaskTokens();
    const branch = (name: string) => machine({ [name]: waitingTask({ ResultPath: '$' }) });

    const result = await run(
      machine({
        Both: { Type: 'Parallel', Branches: [branch('Left'), branch('Right')], End: true },
      }),
      ({ token = '' }) => {
        setImmediate(() => taskTokens.succeed(token, token));
      },
      { taskTokens },
    );

    const [left, right] = result.output as string[];
    expect(left).not.toBe(right);
    expect(result.states).toEqual(['Both', 'Left', 'Right']);
  });

  test('times out without a result, and rejects the token afterwards', async () => {
    const taskTokens = new TaskTokens();
    let kept = '';

    const result = await run(
      machine({
        Wait: waitingTask({
          TimeoutSeconds: 2,
          Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Undo' }],
        }),
        Undo: { Type: 'Pass', End: true },
      }),
      ({ token = '' }) => {
        kept = token;
      },
      { taskTokens },
    );

    expect(result).toMatchObject({ status: 'SUCCEEDED', states: ['Wait', 'Undo'] });
    expect(taskTokens.fail(kept, 'Late', '')).toBe('TaskTimedOut');
  });

  test('times out as a whole', async () => {
    const definition = machine({ Wait: waitingTask() }, { TimeoutSeconds: 2 });

    expect(await run(definition, () => undefined)).toEqual({
      status: 'TIMED_OUT',
      error: 'States.Timeout',
      states: ['Wait'],
    });
  });

  test('is aborted by stop', async () => {
    const { result, stop } = startExecution({
      definition: machine({ Wait: waitingTask() }),
      name: 'run-1',
      input: {},
      taskTokens: new TaskTokens(),
      invoke: async () => undefined,
    });
    stop();

    expect(await result).toEqual({ status: 'ABORTED', states: ['Wait'] });
  });

  test.each([
    [
      'JSONata',
      machine({ Step: task() }, { QueryLanguage: 'JSONata' }),
      'supports only JSONPath, not JSONata',
    ],
    [
      'another integration',
      machine({ Step: task({ Resource: 'arn:aws:states:::sqs:sendMessage' }) }),
      'sqs:sendMessage',
    ],
    [
      'a heartbeat',
      machine({ Step: waitingTask({ HeartbeatSeconds: 5, TimeoutSeconds: 9 }) }),
      'HeartbeatSeconds',
    ],
    [
      'a map',
      machine({ All: { Type: 'Map', ItemProcessor: machine({ Step: task() }), End: true } }),
      'states of type Map',
    ],
    [
      'an unknown path',
      machine({ Step: task({ Parameters: { FunctionName: 'f', 'Payload.$': '$$.State.Name' } }) }),
      '$$.State.Name',
    ],
    ['a definition that is not valid', machine({ Step: { ...task(), End: undefined } }), 'invalid'],
  ])('with %s is an error that names it', async (_, definition, message) => {
    await expect(run(definition, () => undefined)).rejects.toThrow(message);
  });
});
