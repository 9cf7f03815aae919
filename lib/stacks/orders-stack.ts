import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { FilterCriteria, FilterRule } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { INVENTORY_SOURCE, PAYMENTS_SOURCE } from '../../lambdas/contracts/events.ts';
import type { Access } from '../constructs/api/access.ts';
import { addCheckoutOutputs } from '../constructs/api/checkout-outputs.ts';
import {
  AUDIT_TIMEOUT,
  CONSUMER_TIMEOUT,
  EVENT_CONSUMER_TIMEOUT,
  HTTP_TIMEOUT,
  ServiceFunction,
  type ServiceFunctionProps,
} from '../constructs/compute/service-function.ts';
import { EventSubscription } from '../constructs/messaging/event-subscription.ts';
import { StreamConsumer } from '../constructs/messaging/stream-consumer.ts';
import { OrderSaga } from '../constructs/saga/order-saga.ts';
import {
  CUSTOMER_INDEX,
  OrdersTable,
  PRODUCT_INDEX,
  QUEUE_INDEX,
} from '../constructs/storage/orders-table.ts';
import type { PaymentsStack } from './payments-stack.ts';
import type { ContextStackProps } from './shared-stack.ts';

const READ = ['dynamodb:GetItem'] as const;
const READ_AND_SAVE = [...READ, 'dynamodb:PutItem'] as const;
const CLAIM_AND_SAVE = [...READ_AND_SAVE, 'dynamodb:BatchGetItem', 'dynamodb:UpdateItem'] as const;
const CALLBACK = ['states:SendTaskSuccess', 'states:SendTaskFailure'] as const;

/** Orders, their products' prices, and the saga. It reaches inventory over HTTP only, and payments by the saga only. */
export class OrdersStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { config, bundles, shared, payments }: ContextStackProps & { readonly payments: PaymentsStack },
  ) {
    super(scope, id, { description: `Stockbook ${config.stage}: orders` });
    const { api, bus, alarms } = shared;
    const delivery = { bus, alarms, config };
    const table = new OrdersTable(this, 'Orders', config, alarms);
    const environment = {
      ORDERS_TABLE: table.tableName,
      CUSTOMER_INDEX,
      PRODUCT_INDEX,
      QUEUE_INDEX,
      INVENTORY_URL: api.url,
      PAYMENTS_URL: api.url,
      HOLD_SECONDS: String(config.holdSeconds),
      PAYMENT_PROVIDER: config.paymentProvider,
      HOLDS_PER_CUSTOMER: String(config.holdsPerCustomer),
      UNITS_PER_CUSTOMER: String(config.unitsPerCustomer),
      EVENT_BUS: bus.eventBusName,
    };
    const functionOf = (
      name: string,
      handler: string,
      actions: readonly string[],
      more: Partial<ServiceFunctionProps> = {},
    ) => {
      const serviceFunction = new ServiceFunction(this, name, {
        config,
        bundles,
        handler: `orders/${handler}`,
        timeout: CONSUMER_TIMEOUT,
        ...more,
        environment: { ...environment, ...more.environment },
      });
      return actions.length === 0
        ? serviceFunction
        : serviceFunction.allow(table.tableArn, ...actions);
    };
    const inventory = {
      reserve: api.executeApiArn('PUT /reservations/*'),
      extend: api.executeApiArn('POST /reservations/*/extension'),
      release: api.executeApiArn('DELETE /reservations/*'),
    };
    const invoke = 'execute-api:Invoke';
    const stepOf = (name: string, handler: string, actions: readonly string[]) =>
      functionOf(name, handler, actions, { throwsBusinessErrors: true });
    const confirmOrder = stepOf('ConfirmOrder', 'confirm-order', READ_AND_SAVE);
    const saga = new OrderSaga(this, 'Saga', {
      config,
      alarms,
      steps: {
        authorizePayment: payments.authorizePayment,
        capturePayment: payments.capturePayment,
        reversePayment: payments.reversePayment,
        confirmOrder,
        rejectPayment: stepOf('RejectPayment', 'reject-payment', CLAIM_AND_SAVE).allow(
          inventory.extend,
          invoke,
        ),
        beginCancellation: stepOf('BeginCancellation', 'begin-cancellation', READ_AND_SAVE),
        releaseStock: stepOf('ReleaseStock', 'release-stock', []).allow(inventory.release, invoke),
        concludeCancellation: stepOf(
          'ConcludeCancellation',
          'conclude-cancellation',
          READ_AND_SAVE,
        ),
        flagOrderForAttention: stepOf(
          'FlagOrderForAttention',
          'flag-order-for-attention',
          READ_AND_SAVE,
        ),
      },
    });

    const route = (
      name: string,
      handler: string,
      path: string,
      access: Access,
      actions: readonly string[],
      variables: Readonly<Record<string, string>> = {},
    ) => {
      const routed = functionOf(name, handler, actions, {
        timeout: HTTP_TIMEOUT,
        environment: variables,
      });
      api.addRoute(this, path, access, routed);
      return routed;
    };
    const start = 'states:StartExecution';
    const processArn = { PROCESS_ORDER_ARN: saga.processOrder.stateMachineArn };
    const cancelArn = { CANCEL_ORDER_ARN: saga.cancelOrder.stateMachineArn };

    route('PutProduct', 'put-product', 'PUT /products/{sku}', 'orders.manage', [
      'dynamodb:PutItem',
    ]);
    // A route accepts the tokens of one issuer, and both customers and staff list products.
    const products = `${table.tableArn}/index/${PRODUCT_INDEX}`;
    route('ListProducts', 'list-products', 'GET /products', 'orders', []).allow(
      products,
      'dynamodb:Scan',
    );
    route(
      'ListStaffProducts',
      'list-staff-products',
      'GET /staff/products',
      'orders.manage',
      [],
    ).allow(products, 'dynamodb:Scan');
    route('PlaceOrder', 'place-order', 'POST /orders', 'orders', CLAIM_AND_SAVE)
      .allow(inventory.reserve, invoke)
      .allow(inventory.extend, invoke);
    route('GetOrder', 'get-order', 'GET /orders/{orderId}', 'orders', READ).allow(
      api.executeApiArn('GET /payments/*/action'),
      invoke,
    );
    route('ListOrders', 'list-orders', 'GET /orders', 'orders', ['dynamodb:BatchGetItem']).allow(
      `${table.tableArn}/index/${CUSTOMER_INDEX}`,
      'dynamodb:Query',
    );
    route(
      'PayOrder',
      'pay-order',
      'POST /orders/{orderId}/payment',
      'orders',
      CLAIM_AND_SAVE,
      processArn,
    )
      .allow(inventory.extend, invoke)
      .allow(saga.processOrder.stateMachineArn, start);
    route(
      'CancelOrder',
      'cancel-order',
      'POST /orders/{orderId}/cancellation',
      'orders',
      [...READ_AND_SAVE, 'dynamodb:UpdateItem'],
      cancelArn,
    )
      .allow(inventory.release, invoke)
      .allow(saga.cancelOrder.stateMachineArn, start);
    route('ListStaffOrders', 'list-staff-orders', 'GET /staff/orders', 'orders.manage', [
      'dynamodb:BatchGetItem',
    ])
      .allow(`${table.tableArn}/index/${CUSTOMER_INDEX}`, 'dynamodb:Query')
      .allow(`${table.tableArn}/index/${QUEUE_INDEX}`, 'dynamodb:Query');
    route('GetStaffOrder', 'get-staff-order', 'GET /staff/orders/{orderId}', 'orders.manage', READ)
      .allow(api.executeApiArn('GET /reservations/*'), invoke)
      .allow(api.executeApiArn('GET /audit/payments'), invoke);
    route(
      'CancelStaffOrder',
      'cancel-staff-order',
      'POST /staff/orders/{orderId}/cancellation',
      'orders.manage',
      [...READ_AND_SAVE, 'dynamodb:UpdateItem'],
      cancelArn,
    )
      .allow(inventory.release, invoke)
      .allow(saga.cancelOrder.stateMachineArn, start);
    route(
      'FulfilOrder',
      'fulfil-order',
      'POST /orders/{orderId}/fulfilment',
      'orders.manage',
      READ_AND_SAVE,
    );
    route(
      'ResumeOrder',
      'resume-order',
      'POST /orders/{orderId}/resumption',
      'operations',
      READ_AND_SAVE,
      cancelArn,
    ).allow(saga.cancelOrder.stateMachineArn, start);

    route('EraseCustomer', 'erase-customer', 'POST /customers/{customerId}/erasure', 'operations', [
      ...READ_AND_SAVE,
      'dynamodb:BatchGetItem',
      'dynamodb:DeleteItem',
    ]).allow(`${table.tableArn}/index/${CUSTOMER_INDEX}`, 'dynamodb:Query');

    const machines = [saga.processOrder, saga.cancelOrder];
    const watching = (watcher: ServiceFunction) =>
      machines.reduce(
        (allowed, { executionsArn }) => allowed.allow(executionsArn, 'states:DescribeExecution'),
        watcher,
      );
    const audited = functionOf(
      'AuditOrders',
      'audit-orders',
      ['dynamodb:BatchGetItem', 'dynamodb:Scan'],
      {
        timeout: AUDIT_TIMEOUT,
        environment: { ...processArn, ...cancelArn },
      },
    );
    api.addRoute(this, 'GET /audit/orders', 'service', watching(audited));
    const repaired = route(
      'RepairOrder',
      'repair-order',
      'POST /repairs/orders/{orderId}',
      'service',
      READ_AND_SAVE,
      { ...processArn, ...cancelArn },
    );
    for (const { stateMachineArn } of machines) watching(repaired).allow(stateMachineArn, start);

    // A policy of its own: in the function's, the machine and the function would wait for each other.
    new Policy(this, 'ConfirmOrderCallback', {
      roles: confirmOrder.role === undefined ? [] : [confirmOrder.role],
      statements: [
        new PolicyStatement({
          actions: [...CALLBACK],
          resources: [saga.processOrder.stateMachineArn],
        }),
      ],
    });
    const stockOutcome = functionOf('RecordStockOutcome', 'record-stock-outcome', READ_AND_SAVE, {
      timeout: EVENT_CONSUMER_TIMEOUT,
    });
    stockOutcome.allow(saga.processOrder.stateMachineArn, ...CALLBACK);
    new EventSubscription(this, 'StockOutcome', {
      ...delivery,
      source: INVENTORY_SOURCE,
      detailTypes: ['StockCommitted', 'StockCommitFailed'],
      consumer: stockOutcome,
    });
    new EventSubscription(this, 'PaymentCaptured', {
      ...delivery,
      source: PAYMENTS_SOURCE,
      detailTypes: ['PaymentCaptured'],
      consumer: functionOf('CompleteOrder', 'complete-order', READ_AND_SAVE, {
        timeout: EVENT_CONSUMER_TIMEOUT,
      }),
    });
    new EventSubscription(this, 'PaymentEvents', {
      ...delivery,
      source: PAYMENTS_SOURCE,
      detailTypes: ['PaymentActionCompleted', 'PaymentRefunded', 'PaymentDisputed'],
      consumer: functionOf('RecordPaymentEvent', 'record-payment-event', CLAIM_AND_SAVE, {
        timeout: EVENT_CONSUMER_TIMEOUT,
        environment: { ...processArn, ...cancelArn },
      })
        .allow(inventory.extend, invoke)
        .allow(saga.processOrder.stateMachineArn, start)
        .allow(saga.cancelOrder.stateMachineArn, start),
    });
    new StreamConsumer(this, 'EventPublishing', {
      ...delivery,
      table,
      consumer: functionOf('PublishEvents', 'publish-events', []).allow(
        bus.eventBusArn,
        'events:PutEvents',
      ),
      filters: [
        FilterCriteria.filter({
          dynamodb: { NewImage: { type: { S: FilterRule.isEqual('order') } } },
        }),
      ],
    });
    table.denyOtherWriters(config);
    new CfnOutput(this, 'TableOrders', { value: table.tableName });
    addCheckoutOutputs(this);
  }
}
