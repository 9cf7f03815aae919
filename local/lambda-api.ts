import type { Hono } from 'hono';
import { arnOf } from './account.ts';
import type { Invoke } from './functions.ts';

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
const INVOKE_PATH = '/2015-03-31/functions/:functionName/invocations';

/** Serves the actions of Lambda's API that functions and tools use. Lambda is REST, unlike the services of the JSON protocol. */
export function serveLambda(app: Hono, invoke: Invoke): void {
  app.post(INVOKE_PATH, async (context) => {
    const result = await invoke(
      arnOfFunction(context.req.param('functionName')),
      JSON.parse((await context.req.text()) || 'null'),
      context.req.header('x-amzn-trace-id'),
    );
    if (result.ok) return context.json(result.payload ?? null);
    if (result.refusedWith === undefined)
      return context.json(result.error, 200, { 'x-amz-function-error': 'Unhandled' });
    const { errorType, errorMessage } = result.error;
    return context.json({ message: errorMessage }, result.refusedWith, { 'x-amzn-errortype': errorType });
  });
}

/** The API takes the name of a function or its ARN. */
const arnOfFunction = (nameOrArn: string): string =>
  nameOrArn.startsWith('arn:') ? nameOrArn : arnOf('lambda', `function:${nameOrArn}`);
