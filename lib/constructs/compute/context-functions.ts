import type { Stack } from 'aws-cdk-lib';
import type { ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import {
  functionIdOf,
  handlerOf,
  type RouteKey,
  routes,
} from '../../../lambdas/contracts/routes.ts';
import type { Bundles } from '../../bundling/bundle-lambdas.ts';
import type { Config } from '../../config.ts';
import { hasContext } from '../../contexts.ts';
import type { StockbookApi } from '../api/http-api.ts';
import type { DeadLetterQueue } from '../messaging/dead-letter-queue.ts';
import { EventSubscription, type EventSubscriptionProps } from '../messaging/event-subscription.ts';
import { StreamConsumer } from '../messaging/stream-consumer.ts';
import type { ContextTable } from '../storage/context-table.ts';
import { FunctionSchedule } from './function-schedule.ts';
import {
  CONSUMER_TIMEOUT,
  EVENT_CONSUMER_TIMEOUT,
  HTTP_TIMEOUT,
  ServiceFunction,
  type ServiceFunctionProps,
} from './service-function.ts';

/** Resources that every context shares. */
export type SharedResources = Pick<EventSubscriptionProps, 'bus' | 'alarms'> & {
  readonly api: StockbookApi;
};

export type ContextFunctionsProps = {
  readonly config: Config;
  readonly bundles: Bundles;
  readonly shared: SharedResources;
  /** Folder of the handlers in `lambdas/`. */
  readonly context: string;
  /** Variables of every function of the context. */
  readonly environment: Readonly<Record<string, string>>;
  /** Table on which functions are granted their `actions`. @default none */
  readonly table?: ContextTable;
  /** Patterns of the ids in the paths that functions call, by parameter. @default any id */
  readonly calledIds?: Readonly<Record<string, string>>;
};

export type FunctionOptions = Pick<
  ServiceFunctionProps,
  'timeout' | 'recursiveLoop' | 'throwsBusinessErrors' | 'environment'
> & {
  /** Actions that the function may perform on the context's table. @default none */
  readonly actions?: readonly string[];
  /**
   * Service routes that the function calls. It is granted those that the stage has. @default none
   */
  readonly calls?: readonly RouteKey[];
};

/**
 * Creates the functions of a context, each with its trigger. The id of a function is its handler's
 * name in Pascal case.
 */
export class ContextFunctions {
  readonly #stack: Stack;
  readonly #props: ContextFunctionsProps;
  readonly #functions: ServiceFunction[] = [];
  readonly #deadLetterQueues: DeadLetterQueue[] = [];

  constructor(stack: Stack, props: ContextFunctionsProps) {
    this.#stack = stack;
    this.#props = props;
  }

  /** Functions created so far. */
  get functions(): readonly ServiceFunction[] {
    return this.#functions;
  }

  /** Dead-letter queues created so far for the triggers of functions. */
  get deadLetterQueues(): readonly DeadLetterQueue[] {
    return this.#deadLetterQueues;
  }

  /** Creates the function of a route, and the route. */
  http(route: RouteKey, options: FunctionOptions = {}): ServiceFunction {
    const { context, shared } = this.#props;
    if (routes[route].context !== context) throw new Error(`${route} is not a route of ${context}`);
    const serviceFunction = this.#create(functionIdOf(route), handlerOf(route), {
      timeout: HTTP_TIMEOUT,
      ...options,
    });
    shared.api.addRoute(this.#stack, route, serviceFunction);
    return serviceFunction;
  }

  /** Creates a function that consumes events of the bus. `id` is the subscription's. */
  consumer(
    id: string,
    handler: string,
    {
      source,
      detailTypes,
      ...options
    }: Pick<EventSubscriptionProps, 'source' | 'detailTypes'> & FunctionOptions,
  ): ServiceFunction {
    const { config, shared } = this.#props;
    const consumer = this.function(handler, { timeout: EVENT_CONSUMER_TIMEOUT, ...options });
    const subscription = new EventSubscription(this.#stack, id, {
      ...shared,
      config,
      source,
      detailTypes,
      consumer,
    });
    this.#deadLetterQueues.push(...subscription.deadLetterQueues);
    return consumer;
  }

  /**
   * Creates a function that consumes the changes of the context's table to records of these types.
   */
  stream(
    id: string,
    handler: string,
    { recordTypes, ...options }: { readonly recordTypes: readonly string[] } & FunctionOptions,
  ): ServiceFunction {
    const { config, shared, table } = this.#props;
    if (table === undefined) throw new Error(`${handler} has no table`);
    const consumer = this.function(handler, options);
    const { deadLetterQueue } = new StreamConsumer(this.#stack, id, {
      config,
      alarms: shared.alarms,
      table,
      consumer,
      recordTypes,
    });
    this.#deadLetterQueues.push(deadLetterQueue);
    return consumer;
  }

  /** Creates the function that publishes the events of the context's table. */
  publishEvents(recordTypes: readonly string[]): ServiceFunction {
    return this.stream('EventPublishing', 'publish-events', { recordTypes }).allow(
      this.#props.shared.bus.eventBusArn,
      'events:PutEvents',
    );
  }

  /** Creates a function that runs on a schedule. */
  schedule(
    id: string,
    handler: string,
    {
      expression,
      description,
      ...options
    }: {
      readonly expression: ScheduleExpression;
      readonly description: string;
    } & FunctionOptions,
  ): ServiceFunction {
    const target = this.function(handler, options);
    const { deadLetterQueue } = new FunctionSchedule(this.#stack, id, {
      expression,
      description,
      target,
    });
    this.#deadLetterQueues.push(deadLetterQueue);
    return target;
  }

  /** Creates a step of a saga, which throws for a rejection. */
  task(handler: string, options: FunctionOptions = {}): ServiceFunction {
    return this.function(handler, { throwsBusinessErrors: true, ...options });
  }

  /** Creates a function without a trigger. */
  function(handler: string, options: FunctionOptions = {}): ServiceFunction {
    return this.#create(toPascalCase(handler), `${this.#props.context}/${handler}`, {
      timeout: CONSUMER_TIMEOUT,
      ...options,
    });
  }

  #create(
    id: string,
    handler: string,
    { actions = [], calls = [], environment, ...options }: FunctionOptions,
  ): ServiceFunction {
    const { config, bundles, shared, table, calledIds } = this.#props;
    const serviceFunction = new ServiceFunction(this.#stack, id, {
      config,
      bundles,
      handler,
      environment: { ...this.#props.environment, ...environment },
      ...options,
    });
    this.#functions.push(serviceFunction);
    if (actions.length > 0) {
      if (table === undefined) throw new Error(`${handler} has no table`);
      serviceFunction.allow(table.tableArn, ...actions);
    }
    for (const route of calls)
      if (hasContext(config, routes[route].context))
        serviceFunction.allow(shared.api.executeApiArn(route, calledIds), 'execute-api:Invoke');
    return serviceFunction;
  }
}

const toPascalCase = (handler: string): string =>
  handler.replaceAll(/(?:^|-)([a-z])/g, (_all, letter: string) => letter.toUpperCase());
