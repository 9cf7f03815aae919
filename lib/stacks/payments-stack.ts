import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { ContextFunctions } from '../constructs/compute/context-functions.ts';
import { AUDIT_TIMEOUT, type ServiceFunction } from '../constructs/compute/service-function.ts';
import type { DeadLetterQueue } from '../constructs/messaging/dead-letter-queue.ts';
import { ContextTable } from '../constructs/storage/context-table.ts';
import type { ContextStackProps } from './shared-stack.ts';

const READ = 'dynamodb:GetItem';
const PUT = 'dynamodb:PutItem';
const UPDATE = 'dynamodb:UpdateItem';

/**
 * Payments and the adapter of the payment provider, which has a table of its own. The orders' saga
 * calls three functions.
 */
export class PaymentsStack extends Stack {
  readonly authorizePayment: ServiceFunction;
  readonly capturePayment: ServiceFunction;
  readonly reversePayment: ServiceFunction;
  readonly deadLetterQueues: readonly DeadLetterQueue[];

  constructor(scope: Construct, id: string, { config, bundles, shared }: ContextStackProps) {
    super(scope, id, { description: `Stockbook ${config.stage}: payments` });
    const { paymentProvider, stripeSecretArn, stripeSecretKeyArn } = config;
    const tableProps = { config, alarms: shared.alarms, warmThroughput: config.warmPayments };
    const table = new ContextTable(this, 'Payments', tableProps);
    // One table for every provider's adapter, with keys that no two providers have in common: a
    // stage that changes its provider keeps the table, its records and its export. docs/adr/0034
    const providerTable = new ContextTable(this, 'Provider', tableProps);
    const functions = new ContextFunctions(this, {
      config,
      bundles,
      shared,
      context: 'payments',
      table,
      environment: {
        PAYMENTS_TABLE: table.tableName,
        PAYMENT_PROVIDER: paymentProvider,
        PROVIDER_TABLE: providerTable.tableName,
        ...(stripeSecretArn === undefined ? {} : { STRIPE_SECRET_ARN: stripeSecretArn }),
        EVENT_BUS: shared.bus.eventBusName,
      },
    });
    /** Allows a function to change payments and to call the provider. */
    const allowProvider = (
      serviceFunction: ServiceFunction,
      ...providerActions: readonly string[]
    ): ServiceFunction => {
      serviceFunction
        .allow(table.tableArn, READ, PUT)
        .allow(providerTable.tableArn, READ, ...providerActions);
      if (stripeSecretArn !== undefined)
        serviceFunction.allow(stripeSecretArn, 'secretsmanager:GetSecretValue');
      if (stripeSecretKeyArn !== undefined)
        serviceFunction.allow(stripeSecretKeyArn, 'kms:Decrypt');
      return serviceFunction;
    };

    // Stripe's adapter counts errors in its records, with each call that changes something.
    const isStripe = paymentProvider === 'stripe';
    const changes = isStripe ? [UPDATE] : [PUT, UPDATE];
    this.authorizePayment = allowProvider(
      functions.task('authorize-payment'),
      isStripe ? UPDATE : PUT,
    );
    this.capturePayment = allowProvider(functions.task('capture-payment'), UPDATE);
    this.reversePayment = allowProvider(functions.task('reverse-payment'), ...changes);
    const webhook = functions.http('receiveStripeEvent');
    if (isStripe) allowProvider(webhook);
    // The audit requests the state of pending payments from the provider, and stores it.
    allowProvider(
      functions.http('auditPayments', { timeout: AUDIT_TIMEOUT }),
      ...changes,
      'dynamodb:Scan',
    ).allow(table.tableArn, 'dynamodb:BatchGetItem', 'dynamodb:Scan');
    functions.http('getRequiredAction', { actions: [READ] });
    allowProvider(functions.http('repairPayment'), ...changes);
    functions.publishEvents(['payment']);
    this.deadLetterQueues = functions.deadLetterQueues;
    for (const owned of [table, providerTable]) owned.denyOtherWriters(functions.functions, config);
    new CfnOutput(this, 'TablePayments', { value: table.tableName });
    new CfnOutput(this, 'TableProvider', { value: providerTable.tableName });
  }
}
