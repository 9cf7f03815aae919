import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as z from 'zod/mini';
import { errorCodeOf } from '../../../../lambdas/orders/use-cases/saga/saga-error.ts';
import { err, ok, type Result } from '../../../../lambdas/shared/core/result.ts';
import { taskHandler } from '../../../../lambdas/shared/events/task-handler.ts';
import { aContext } from '../../../support/http/http-event.ts';

const Command = z.object({ orderId: z.string(), attempt: z.int() });
type Command = z.infer<typeof Command>;
type StepError = { kind: 'notFound' } | { kind: 'declined'; code: string };

const createStep = (
  run: (command: Command, now: number) => Promise<Result<{ status: string }, StepError>>,
) => {
  const handler = taskHandler({
    command: Command,
    run,
    errors: { notFound: 'OrderNotFound', declined: 'PaymentDeclined' },
  });
  return (event: unknown) => handler(event, aContext());
};
const command = { orderId: 'ord-1', attempt: 1 };

beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe('a step', () => {
  test('returns its value to the state machine', async () => {
    const run = createStep(async ({ orderId, attempt }) => ok({ status: `${orderId}/${attempt}` }));

    expect(await run(command)).toEqual({ status: 'ord-1/1' });
  });

  test('ignores other fields of the execution', async () => {
    const seen: unknown[] = [];
    const run = createStep(async (given) => {
      seen.push(given);
      return ok({ status: 'done' });
    });

    await run({ ...command, total: { amount: 1 } });

    expect(seen).toEqual([command]);
  });

  test.each([
    [{ kind: 'notFound' }, 'OrderNotFound'],
    [{ kind: 'declined', code: 'card_declined' }, 'PaymentDeclined'],
  ] as const)(
    'that fails throws the error of that name, with the failure as its message: %o',
    async (failure, name) => {
      const run = createStep(async () => err(failure));

      await expect(run(command)).rejects.toMatchObject({ name, message: JSON.stringify(failure) });
    },
  );

  test('passes a code to Catch that the next step can read', async () => {
    const run = createStep(async () => err({ kind: 'declined', code: 'card_declined' }));

    const thrown = await run(command).catch((error: Error) => error);

    // Lambda reports an error's name and message, which Step Functions writes to Cause.
    const { name, message } = thrown instanceof Error ? thrown : new Error('nothing was thrown');
    const Cause = JSON.stringify({ errorType: name, errorMessage: message, trace: [] });
    expect(errorCodeOf({ Error: name, Cause })).toBe('card_declined');
  });

  test('throws an unexpected error unchanged, and the state machine retries it by name', async () => {
    const error = Object.assign(new Error('busy'), { name: 'RetryLaterError' });

    await expect(createStep(() => Promise.reject(error))(command)).rejects.toBe(error);
  });

  test.each([
    ['nothing', undefined],
    ['a command without a field', { orderId: 'ord-1' }],
    ['a field of another type', { orderId: 'ord-1', attempt: '1' }],
  ])('does not run for an invalid command: %s', async (_case, event) => {
    const ran: unknown[] = [];
    const run = createStep(async (given) => {
      ran.push(given);
      return ok({ status: 'done' });
    });

    await expect(run(event)).rejects.toMatchObject({ name: expect.stringMatching(/Zod/) });
    expect(ran).toEqual([]);
  });

  test('counts successes by command, and failures by kind', async () => {
    const counts: unknown[] = [];
    const handler = taskHandler({
      command: Command,
      run: async ({ attempt }): Promise<Result<{ status: string }, StepError>> =>
        attempt === 1 ? ok({ status: 'done' }) : err({ kind: 'notFound' }),
      errors: { notFound: 'OrderNotFound', declined: 'PaymentDeclined' },
      metrics: {
        writer: { putMetrics: () => undefined, putCounts: (given) => counts.push(given) },
        errors: { notFound: 'OrdersNotFound' },
        success: ({ orderId }) =>
          orderId === 'ord-1' ? ['StepsDone', 'FirstOrders'] : ['StepsDone'],
      },
    });

    await handler(command, aContext());
    await handler({ ...command, orderId: 'ord-2' }, aContext());
    await handler({ ...command, attempt: 2 }, aContext()).catch(() => undefined);

    expect(counts).toEqual([
      { StepsDone: 1, FirstOrders: 1 },
      { StepsDone: 1 },
      { OrdersNotFound: 1 },
    ]);
  });
});
