import type { AwsAction } from '../../local/api/aws-server.ts';
import { AwsError } from '../../local/errors.ts';
import type { Conditions } from './conditions.ts';
import type { LockedTables } from './dynamodb/locked-tables.ts';
import { DynamoDbError } from './dynamodb/memory-dynamodb.ts';
import { performPartially } from './dynamodb/partial-failures.ts';
import type { HttpCallRequest, LambdaInvokeRequest } from './functions/call-requests.ts';
import type { SimulatedApi } from './functions/simulated-api.ts';
import type { SimulatedLambda } from './functions/simulated-lambda.ts';
import type { Call, Service, ServiceResponse } from './service-calls.ts';

type Services = {
  /** By `<prefix>.<operation>`, as in the header X-Amz-Target. */
  readonly actions: Readonly<Record<string, AwsAction>>;
  readonly locks: LockedTables;
  readonly api: SimulatedApi;
  readonly lambda: SimulatedLambda;
  readonly conditions: () => Conditions;
};

const TARGET_PREFIXES: Readonly<Record<Service, string>> = {
  dynamodb: 'DynamoDB_20120810',
  streams: 'DynamoDBStreams_20120810',
  events: 'AWSEvents',
  states: 'AWSStepFunctions',
  sqs: 'AmazonSQS',
  logs: 'Logs_20140328',
  lambda: '',
  http: '',
  provider: '',
};

/** Performs the calls of functions on the services in memory, partially if the fault is that. */
export class ServiceDispatcher {
  readonly #services: Services;

  constructor(services: Services) {
    this.#services = services;
  }

  async perform(call: Call): Promise<ServiceResponse> {
    if (call.service === 'http') return this.#requestApi(call);
    if (call.service === 'lambda') return this.#invokeFunction(call);
    const fault = this.#services.conditions().faultPlan.faultOf(call);
    const isPartial = fault === 'partialBatch' && call.attempt === 1;
    try {
      return { status: 200, body: await this.#performAction(call, isPartial) };
    } catch (thrown) {
      if (!(thrown instanceof AwsError)) throw thrown;
      const fields = thrown instanceof DynamoDbError ? thrown.fields : {};
      return { status: 400, body: { __type: thrown.name, message: thrown.message, ...fields } };
    }
  }

  #requestApi(call: Call): Promise<ServiceResponse> {
    const { method, path, headers, body } = call.request as HttpCallRequest;
    const { userArn } = call.invocation;
    const given = body === undefined ? {} : { body: JSON.parse(body) as unknown };
    return this.#services.api.handle(method, path, { ...given, headers, by: { service: userArn } });
  }

  async #invokeFunction(call: Call): Promise<ServiceResponse> {
    const { functionArn, payload } = call.request as LambdaInvokeRequest;
    const result = await this.#services.lambda.invoke(functionArn, payload);
    return result.ok
      ? { status: 200, body: result.payload ?? null }
      : { status: 200, body: result.error, headers: { 'x-amz-function-error': 'Unhandled' } };
  }

  async #performAction(call: Call, isPartial: boolean): Promise<unknown> {
    const { service, operation, request, invocation } = call;
    const action = this.#services.actions[`${TARGET_PREFIXES[service]}.${operation}`];
    if (action === undefined) throw new Error(`The simulator does not support ${operation}.`);
    if (isPartial) return performPartially(operation, request, action, invocation.random);
    if (service !== 'dynamodb') return action(request);
    const lockMilliseconds = this.#services.conditions().transactionMilliseconds(invocation.random);
    return this.#services.locks.perform(
      operation,
      request,
      () => action(request),
      lockMilliseconds,
    );
  }
}
