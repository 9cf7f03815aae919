import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod/mini';

const InvokeResult = z.nullable(
  z.object({ batchItemFailures: z.optional(z.array(z.object({ itemIdentifier: z.string() }))) }),
);
const FunctionErrorPayload = z.object({ errorMessage: z.string() });

/** Invokes functions that take messages directly, without a queue. */
export class LambdaConsumers {
  readonly #client: LambdaClient;

  constructor(client: LambdaClient) {
    this.#client = client;
  }

  /** Throws the function's error, and an error if the function reports a failed item. */
  async invoke(functionArn: string, body: string): Promise<void> {
    const { FunctionError, Payload } = await this.#client.send(
      new InvokeCommand({ FunctionName: functionArn, Payload: Buffer.from(body) }),
    );
    const result: unknown = JSON.parse(Buffer.from(Payload ?? []).toString() || 'null');
    if (FunctionError !== undefined) {
      const errorPayload = FunctionErrorPayload.safeParse(result);
      throw new Error(errorPayload.success ? errorPayload.data.errorMessage : FunctionError);
    }
    const failures = InvokeResult.parse(result)?.batchItemFailures ?? [];
    if (failures.length > 0) throw new Error('the consumer failed again: read its log');
  }
}
