import type { Context, Hono } from 'hono';
import * as z from 'zod/mini';
import { arnOf } from '../account.ts';
import type { Admission } from './admission.ts';
import type { Invoke } from './invoke.ts';

export type LambdaPorts = {
  readonly invoke: Invoke;
  /**
   * Returns the admission of a function, or undefined for an ARN that is not a function of the app.
   */
  readonly admissionOf: (functionArn: string) => Admission | undefined;
};

/**
 * Adds the actions of Lambda's API that functions and the CLI use. Lambda is REST, unlike the
 * services of the JSON protocol.
 * https://docs.aws.amazon.com/lambda/latest/api/API_Operations.html
 */
export function addLambdaRoutes(app: Hono, { invoke, admissionOf }: LambdaPorts): void {
  app.post('/2015-03-31/functions/:function/invocations', async (context) => {
    const functionArn = arnOfFunction(context);
    if (admissionOf(functionArn) === undefined) return notFound(context, functionArn);
    const event: unknown = JSON.parse((await context.req.text()) || 'null');
    const result = await invoke(functionArn, event, context.req.header('x-amzn-trace-id'));
    if (result.ok) return context.json(result.payload ?? null);
    if (result.rejectionStatus === undefined)
      return context.json(result.error, 200, { 'x-amz-function-error': 'Unhandled' });
    return errorResponse(
      context,
      result.rejectionStatus,
      result.error.errorType,
      result.error.errorMessage,
    );
  });

  app.get('/2019-09-30/functions/:function/concurrency', (context) => {
    const functionArn = arnOfFunction(context);
    const admission = admissionOf(functionArn);
    if (admission === undefined) return notFound(context, functionArn);
    return context.json({ ReservedConcurrentExecutions: admission.reservedConcurrency });
  });
  app.put('/2017-10-31/functions/:function/concurrency', async (context) => {
    const functionArn = arnOfFunction(context);
    const admission = admissionOf(functionArn);
    if (admission === undefined) return notFound(context, functionArn);
    const body = Concurrency.safeParse(await context.req.json());
    if (!body.success)
      return errorResponse(context, 400, 'InvalidParameterValueException', body.error.message);
    admission.reservedConcurrency = body.data.ReservedConcurrentExecutions;
    return context.json(body.data);
  });
  app.delete('/2017-10-31/functions/:function/concurrency', (context) => {
    const functionArn = arnOfFunction(context);
    const admission = admissionOf(functionArn);
    if (admission === undefined) return notFound(context, functionArn);
    admission.reservedConcurrency = undefined;
    return context.body(null, 204);
  });
}

const Concurrency = z.object({ ReservedConcurrentExecutions: z.int().check(z.minimum(0)) });

/** Returns the ARN of the function that a request names by its name or by its ARN. */
function arnOfFunction(context: Context): string {
  const nameOrArn = context.req.param('function') ?? '';
  return nameOrArn.startsWith('arn:') ? nameOrArn : arnOf('lambda', `function:${nameOrArn}`);
}

const notFound = (context: Context, functionArn: string): Response =>
  errorResponse(context, 404, 'ResourceNotFoundException', `Function not found: ${functionArn}`);

const errorResponse = (
  context: Context,
  status: 400 | 404 | 429,
  type: string,
  message: string,
): Response =>
  context.json({ Type: 'User', Message: message, message }, status, { 'x-amzn-errortype': type });
