import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Policy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { INVENTORY_SOURCE, PAYMENTS_SOURCE } from '../../lambdas/contracts/events.ts';
import { addCheckoutOutputs } from '../constructs/api/checkout-outputs.ts';
import { ContextFunctions } from '../constructs/compute/context-functions.ts';
import { AUDIT_TIMEOUT, type ServiceFunction } from '../constructs/compute/service-function.ts';
import type { DeadLetterQueue } from '../constructs/messaging/dead-letter-queue.ts';
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
const DROP_CLAIM_AND_SAVE = [...READ_AND_SAVE, 'dynamodb:UpdateItem'] as const;
const CALLBACK = ['states:SendTaskSuccess', 'states:SendTaskFailure'] as const;
const START = 'states:StartExecution';

type OrdersStackProps = ContextStackProps & {
  readonly payments: Pick<PaymentsStack, 'authorizePayment' | 'capturePayment' | 'reversePayment'>;
};

/**
 * Orders, their products' prices, and the saga. It calls inventory over HTTP, and payments as steps
 * of the saga.
 */
export class OrdersStack extends Stack {
  readonly saga: OrderSaga;
  readonly deadLetterQueues: readonly DeadLetterQueue[];

  constructor(
    scope: Construct,
    id: string,
    { config, bundles, shared, payments }: OrdersStackProps,
  ) {
    super(scope, id, { description: `Stockbook ${config.stage}: orders` });
    const { api, alarms } = shared;
    const table = new OrdersTable(this, 'Orders', config, alarms);
    const functions = new ContextFunctions(this, {
      config,
      bundles,
      shared,
      context: 'orders',
      table,
      // Reservations with other ids belong to other services.
      calledIds: { reservationId: 'ord_*' },
      environment: {
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
        EVENT_BUS: shared.bus.eventBusName,
      },
    });
    const confirmOrder = functions.task('confirm-order', { actions: READ_AND_SAVE });
    this.saga = new OrderSaga(this, 'Saga', {
      config,
      alarms,
      steps: {
        authorizePayment: payments.authorizePayment,
        capturePayment: payments.capturePayment,
        reversePayment: payments.reversePayment,
        confirmOrder,
        rejectPayment: functions.task('reject-payment', {
          actions: CLAIM_AND_SAVE,
          calls: ['extendReservation'],
        }),
        beginCancellation: functions.task('begin-cancellation', { actions: READ_AND_SAVE }),
        releaseStock: functions.task('release-stock', { calls: ['releaseReservation'] }),
        concludeCancellation: functions.task('conclude-cancellation', { actions: READ_AND_SAVE }),
        flagOrderForAttention: functions.task('flag-order-for-attention', {
          actions: READ_AND_SAVE,
        }),
      },
    });
    addCallbackPolicy(this, confirmOrder, this.saga);
    addProductRoutes(functions, table);
    addCheckoutOutputs(this, addCustomerRoutes(functions, table, this.saga));
    addStaffRoutes(functions, table, this.saga);
    addAuditRoutes(functions, this.saga);
    addConsumers(functions, this.saga);
    this.deadLetterQueues = functions.deadLetterQueues;
    table.denyOtherWriters(functions.functions, config);
    new CfnOutput(this, 'TableOrders', { value: table.tableName });
  }
}

/**
 * Allows `confirm-order` to resume the saga, in a separate policy: otherwise the machine and the
 * function would depend on each other.
 */
function addCallbackPolicy(stack: Stack, confirmOrder: ServiceFunction, saga: OrderSaga): void {
  new Policy(stack, 'ConfirmOrderCallback', {
    roles: confirmOrder.role === undefined ? [] : [confirmOrder.role],
    statements: [
      new PolicyStatement({
        actions: [...CALLBACK],
        resources: [saga.processOrder.stateMachineArn],
      }),
    ],
  });
}

const processVariables = ({ processOrder }: OrderSaga) => ({
  PROCESS_ORDER_ARN: processOrder.stateMachineArn,
});
const cancelVariables = ({ cancelOrder }: OrderSaga) => ({
  CANCEL_ORDER_ARN: cancelOrder.stateMachineArn,
});
const sagaVariables = (saga: OrderSaga) => ({
  ...processVariables(saga),
  ...cancelVariables(saga),
});

function addProductRoutes(functions: ContextFunctions, table: OrdersTable): void {
  functions.http('putProduct', { actions: ['dynamodb:PutItem'] });
  for (const route of ['listProducts', 'listStaffProducts'] as const)
    functions.http(route).allow(`${table.tableArn}/index/${PRODUCT_INDEX}`, 'dynamodb:Scan');
}

/** Returns the functions of checkout. */
function addCustomerRoutes(
  functions: ContextFunctions,
  table: OrdersTable,
  saga: OrderSaga,
): readonly ServiceFunction[] {
  const placeOrder = functions.http('placeOrder', {
    actions: CLAIM_AND_SAVE,
    calls: ['reserveStock', 'extendReservation'],
  });
  functions.http('getOrder', { actions: READ, calls: ['getRequiredAction'] });
  functions
    .http('listOrders', { actions: ['dynamodb:BatchGetItem'] })
    .allow(`${table.tableArn}/index/${CUSTOMER_INDEX}`, 'dynamodb:Query');
  const payOrder = functions
    .http('payOrder', {
      actions: CLAIM_AND_SAVE,
      calls: ['extendReservation'],
      environment: processVariables(saga),
    })
    .allow(saga.processOrder.stateMachineArn, START);
  functions
    .http('cancelOrder', {
      actions: DROP_CLAIM_AND_SAVE,
      calls: ['releaseReservation'],
      environment: cancelVariables(saga),
    })
    .allow(saga.cancelOrder.stateMachineArn, START);
  return [placeOrder, payOrder];
}

function addStaffRoutes(functions: ContextFunctions, table: OrdersTable, saga: OrderSaga): void {
  const customerIndexArn = `${table.tableArn}/index/${CUSTOMER_INDEX}`;
  functions
    .http('listStaffOrders', { actions: ['dynamodb:BatchGetItem'] })
    .allow(customerIndexArn, 'dynamodb:Query')
    .allow(`${table.tableArn}/index/${QUEUE_INDEX}`, 'dynamodb:Query');
  functions.http('getStaffOrder', { actions: READ, calls: ['getReservation', 'auditPayments'] });
  functions
    .http('cancelStaffOrder', {
      actions: DROP_CLAIM_AND_SAVE,
      calls: ['releaseReservation'],
      environment: cancelVariables(saga),
    })
    .allow(saga.cancelOrder.stateMachineArn, START);
  functions.http('fulfilOrder', { actions: READ_AND_SAVE });
  functions
    .http('resumeOrder', { actions: READ_AND_SAVE, environment: cancelVariables(saga) })
    .allow(saga.cancelOrder.stateMachineArn, START);
  functions
    .http('eraseCustomer', {
      actions: [...READ_AND_SAVE, 'dynamodb:BatchGetItem', 'dynamodb:DeleteItem'],
    })
    .allow(customerIndexArn, 'dynamodb:Query');
}

function addAuditRoutes(functions: ContextFunctions, saga: OrderSaga): void {
  const audit = functions.http('auditOrders', {
    actions: ['dynamodb:BatchGetItem', 'dynamodb:Scan'],
    environment: sagaVariables(saga),
    timeout: AUDIT_TIMEOUT,
  });
  const repair = functions.http('repairOrder', {
    actions: READ_AND_SAVE,
    environment: sagaVariables(saga),
  });
  for (const { executionsArn, stateMachineArn } of [saga.processOrder, saga.cancelOrder]) {
    audit.allow(executionsArn, 'states:DescribeExecution');
    repair.allow(executionsArn, 'states:DescribeExecution').allow(stateMachineArn, START);
  }
}

function addConsumers(functions: ContextFunctions, saga: OrderSaga): void {
  functions
    .consumer('StockOutcome', 'record-stock-outcome', {
      source: INVENTORY_SOURCE,
      detailTypes: ['StockCommitted', 'StockCommitFailed'],
      actions: READ_AND_SAVE,
    })
    .allow(saga.processOrder.stateMachineArn, ...CALLBACK);
  functions.consumer('PaymentCaptured', 'complete-order', {
    source: PAYMENTS_SOURCE,
    detailTypes: ['PaymentCaptured'],
    actions: READ_AND_SAVE,
  });
  functions
    .consumer('PaymentEvents', 'record-payment-event', {
      source: PAYMENTS_SOURCE,
      detailTypes: ['PaymentActionCompleted', 'PaymentRefunded', 'PaymentDisputed'],
      actions: CLAIM_AND_SAVE,
      calls: ['extendReservation'],
      environment: sagaVariables(saga),
    })
    .allow(saga.processOrder.stateMachineArn, START)
    .allow(saga.cancelOrder.stateMachineArn, START);
  functions.publishEvents(['order']);
}
