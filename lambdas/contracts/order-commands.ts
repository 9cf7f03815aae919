import * as z from 'zod/mini';
import { ReversalResult } from './payment-commands.ts';
import { Id } from './primitives.ts';

/**
 * Input of every orders step of the saga. `attempt` is the payment attempt of the saga; 0 for none.
 */
export const OrderStepCommand = z.object({
  orderId: Id,
  attempt: z.int().check(z.minimum(0)),
  correlationId: z.string(),
});

export const ConfirmOrderCommand = z.extend(OrderStepCommand, { taskToken: z.string() });

/**
 * Error as Catch reports it.
 * https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
 */
export const StepError = z.object({ Error: z.string(), Cause: z.optional(z.string()) });
export type StepError = z.infer<typeof StepError>;

export const FailedStepCommand = z.extend(OrderStepCommand, { error: StepError });

export const ConcludeCancellationCommand = z.extend(OrderStepCommand, {
  reversal: ReversalResult.shape.status,
});

const CompensationBranch = z.object({ error: z.optional(StepError) });
const PaymentBranch = z.extend(CompensationBranch, {
  status: z.optional(ReversalResult.shape.status),
});
/** Outcomes of the compensation's two branches. Absent when the saga failed before them. */
export const FlagOrderForAttentionCommand = z.extend(OrderStepCommand, {
  payment: z.optional(PaymentBranch),
  stock: z.optional(CompensationBranch),
  error: z.optional(StepError),
});
export type FlagOrderForAttentionCommand = z.infer<typeof FlagOrderForAttentionCommand>;
