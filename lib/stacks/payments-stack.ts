import { CfnOutput, Stack } from 'aws-cdk-lib';
import { FilterCriteria, FilterRule } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import {
  AUDIT_TIMEOUT,
  CONSUMER_TIMEOUT,
  HTTP_TIMEOUT,
  ServiceFunction,
} from '../constructs/compute/service-function.ts';
import { StreamConsumer } from '../constructs/messaging/stream-consumer.ts';
import { ContextTable } from '../constructs/storage/context-table.ts';
import type { ContextStackProps } from './shared-stack.ts';

const READ = 'dynamodb:GetItem';
const PUT = 'dynamodb:PutItem';
const UPDATE = 'dynamodb:UpdateItem';

/** Payment attempts and the adapter of the provider, with a record of its own. The orders' saga calls its three functions. */
export class PaymentsStack extends Stack {
  readonly authorizePayment: ServiceFunction;
  readonly capturePayment: ServiceFunction;
  readonly reversePayment: ServiceFunction;

  constructor(scope: Construct, id: string, { config, bundles, shared }: ContextStackProps) {
    super(scope, id, { description: `Stockbook ${config.stage}: payments` });
    const { api, bus, alarms } = shared;
    const table = new ContextTable(this, 'Payments', {
      config,
      alarms,
      warmThroughput: config.warmPayments,
    });
    const { paymentProvider, stripeSecretArn, stripeSecretKeyArn } = config;
    // One table for every provider's adapter, with keys that no two providers have in common: a stage that changes its provider keeps the
    // table, its records and its export. docs/adr/0034
    const records = new ContextTable(this, 'Provider', {
      config,
      alarms,
      warmThroughput: config.warmPayments,
    });
    const isStripe = paymentProvider === 'stripe';
    const environment = {
      PAYMENTS_TABLE: table.tableName,
      PAYMENT_PROVIDER: paymentProvider,
      PROVIDER_TABLE: records.tableName,
      ...(stripeSecretArn === undefined ? {} : { STRIPE_SECRET_ARN: stripeSecretArn }),
      EVENT_BUS: bus.eventBusName,
    };
    const functionOf = (
      id: string,
      handler: string,
      timeout = CONSUMER_TIMEOUT,
      throwsBusinessErrors = false,
    ) =>
      new ServiceFunction(this, id, {
        config,
        bundles,
        handler: `payments/${handler}`,
        environment,
        timeout,
        throwsBusinessErrors,
      });
    const stepOf = (id: string, handler: string) => functionOf(id, handler, CONSUMER_TIMEOUT, true);
    const command = (made: ServiceFunction, ...atProvider: readonly string[]) => {
      made.allow(table.tableArn, READ, PUT).allow(records.tableArn, READ, ...atProvider);
      if (stripeSecretArn !== undefined)
        made.allow(stripeSecretArn, 'secretsmanager:GetSecretValue');
      if (stripeSecretKeyArn !== undefined) made.allow(stripeSecretKeyArn, 'kms:Decrypt');
      return made;
    };

    // Stripe's adapter counts errors in its records, with each call that changes something.
    this.authorizePayment = command(
      stepOf('AuthorizePayment', 'authorize-payment'),
      isStripe ? UPDATE : PUT,
    );
    this.capturePayment = command(stepOf('CapturePayment', 'capture-payment'), UPDATE);
    const changes = isStripe ? [UPDATE] : [PUT, UPDATE];
    this.reversePayment = command(stepOf('ReversePayment', 'reverse-payment'), ...changes);
    const webhook = functionOf('ReceiveStripeEvent', 'receive-stripe-event', HTTP_TIMEOUT);
    api.addRoute(this, 'POST /webhooks/stripe', 'provider', isStripe ? command(webhook) : webhook);
    // An audit looks up what waits for the provider, and writes it down.
    const audit = command(
      functionOf('AuditPayments', 'audit-payments', AUDIT_TIMEOUT),
      ...changes,
      'dynamodb:Scan',
    ).allow(table.tableArn, 'dynamodb:BatchGetItem', 'dynamodb:Scan');
    api.addRoute(this, 'GET /audit/payments', 'service', audit);
    const action = functionOf('GetRequiredAction', 'get-required-action', HTTP_TIMEOUT);
    api.addRoute(
      this,
      'GET /payments/{paymentId}/action',
      'service',
      action.allow(table.tableArn, READ),
    );
    const repair = command(functionOf('RepairPayment', 'repair-payment', HTTP_TIMEOUT), ...changes);
    api.addRoute(this, 'POST /repairs/payments/{orderId}', 'service', repair);
    new StreamConsumer(this, 'EventPublishing', {
      config,
      table,
      alarms,
      consumer: functionOf('PublishEvents', 'publish-events').allow(
        bus.eventBusArn,
        'events:PutEvents',
      ),
      filters: [
        FilterCriteria.filter({
          dynamodb: { NewImage: { type: { S: FilterRule.isEqual('payment') } } },
        }),
      ],
    });
    for (const owned of [table, records]) owned.denyOtherWriters(config);
    new CfnOutput(this, 'TablePayments', { value: table.tableName });
    new CfnOutput(this, 'TableProvider', { value: records.tableName });
  }
}
