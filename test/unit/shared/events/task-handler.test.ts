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
  test('answers the state machine with its value', async () => {
    const run = createStep(async ({ orderId, attempt }) => ok({ status: `${orderId}/${attempt}` }));

    expect(await run(command)).toEqual({ status: 'ord-1/1' });
  });

  test('lets through what it does not know of the execution: its command is a part of it', async () => {
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
    'that is refused throws the error of that name, with the refusal as its message: %o',
    async (refusal, name) => {
      const run = createStep(async () => err(refusal));

      await expect(run(command)).rejects.toMatchObject({ name, message: JSON.stringify(refusal) });
    },
  );

  test('gives Catch a code that the next step can read', async () => {
    const run = createStep(async () => err({ kind: 'declined', code: 'card_declined' }));

    const thrown = await run(command).catch((fault: Error) => fault);

    // Lambda reports an error as its name and message; Step Functions puts that into Cause.
    const { name, message } = thrown instanceof Error ? thrown : new Error('nothing was thrown');
    const Cause = JSON.stringify({ errorType: name, errorMessage: message, trace: [] });
    expect(errorCodeOf({ Error: name, Cause })).toBe('card_declined');
  });

  test('throws a fault as it is: the state machine retries it by its own name', async () => {
    const fault = Object.assign(new Error('busy'), { name: 'RetryLaterError' });

    await expect(createStep(() => Promise.reject(fault))(command)).rejects.toBe(fault);
  });

  test.each([
    ['nothing', undefined],
    ['a command that lacks a field', { orderId: 'ord-1' }],
    ['a field of another type', { orderId: 'ord-1', attempt: '1' }],
  ])('does not run for what is not its command: %s', async (_case, event) => {
    const ran: unknown[] = [];
    const run = createStep(async (given) => {
      ran.push(given);
      return ok({ status: 'done' });
    });

    await expect(run(event)).rejects.toMatchObject({ name: expect.stringMatching(/Zod/) });
    expect(ran).toEqual([]);
  });

  test('counts what it has done, by its command, and refusals by their kind', async () => {
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
