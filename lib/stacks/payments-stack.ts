import { CfnOutput, Stack } from 'aws-cdk-lib';
import { FilterCriteria, FilterRule } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { ContextTable } from '../constructs/context-table.ts';
import { CONSUMER_TIMEOUT, ServiceFunction } from '../constructs/service-function.ts';
import { StreamConsumer } from '../constructs/stream-consumer.ts';
import type { ContextInputs } from './shared-stack.ts';

const READ = 'dynamodb:GetItem';
const PUT = 'dynamodb:PutItem';
const UPDATE = 'dynamodb:UpdateItem';

/** Payment attempts and the sandbox provider with its own record. The orders' saga calls its three functions. */
export class PaymentsStack extends Stack {
  readonly authorize: ServiceFunction;
  readonly capture: ServiceFunction;
  readonly giveBack: ServiceFunction;

  constructor(scope: Construct, id: string, { config, bundles, shared }: ContextInputs) {
    super(scope, id, { description: `Stockbook ${config.stage}: payments` });
    const { bus, alarms } = shared;
    const table = new ContextTable(this, 'Payments', { config });
    const sandbox = new ContextTable(this, 'Sandbox', { config });
    const environment = {
      PAYMENTS_TABLE: table.tableName,
      SANDBOX_TABLE: sandbox.tableName,
      EVENT_BUS: bus.eventBusName,
    };
    const functionOf = (name: string, handler: string) =>
      new ServiceFunction(this, name, {
        bundles,
        handler: `payments/${handler}`,
        environment,
        timeout: CONSUMER_TIMEOUT,
      });
    const command = (name: string, handler: string, ...atProvider: readonly string[]) =>
      functionOf(name, handler)
        .allow(table.tableArn, READ, PUT)
        .allow(sandbox.tableArn, READ, ...atProvider);

    this.authorize = command('AuthorizePayment', 'authorize-payment', PUT);
    this.capture = command('CapturePayment', 'capture-payment', UPDATE);
    this.giveBack = command('ReturnPayment', 'return-payment', PUT, UPDATE);
    new StreamConsumer(this, 'Published', {
      table,
      alarms,
      consumer: functionOf('PublishEvents', 'publish-events').allow(bus.eventBusArn, 'events:PutEvents'),
      filters: [
        FilterCriteria.filter({ dynamodb: { NewImage: { type: { S: FilterRule.isEqual('payment') } } } }),
      ],
    });
    new CfnOutput(this, 'TablePayments', { value: table.tableName });
    new CfnOutput(this, 'TableSandbox', { value: sandbox.tableName });
  }
}
