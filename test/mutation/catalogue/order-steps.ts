import { inOrders, type Mutant } from '../mutant.ts';

const customerSteps = inOrders('domain/customer-steps');
const sagaSteps = inOrders('domain/saga-steps');

/** Guards of who may change an order, and in which status. */
export const ORDER_STEP_MUTANTS: readonly Mutant[] = [
  inOrders('use-cases/change-order')(
    'any customer may change any order',
    'order.customerId === customerId ? decide(order)',
    'order.customerId !== undefined ? decide(order)',
  ),
  inOrders('use-cases/checkout/pay-order')(
    'any customer may extend any hold',
    'order === undefined || order.customerId !== command.customerId',
    'order === undefined',
  ),
  customerSteps(
    'a repeated payment request is a second attempt',
    '  const before = order.requests[operationId];\n  if (before === undefined) return undefined;',
    '  const before = order.requests[`${operationId}-none`];\n  if (before === undefined) return undefined;',
  ),
  customerSteps(
    'an order can be paid in any status',
    "  if (order.status !== 'PENDING_PAYMENT' || attempts",
    '  if (attempts',
  ),
  customerSteps(
    'an order whose payment is in progress can be cancelled',
    "    case 'PAYING':\n    case 'CONFIRMED':\n    case 'NEEDS_ATTENTION':\n      return err({ kind: 'inProgress' });",
    "    case 'PAYING':\n    case 'CONFIRMED':\n    case 'NEEDS_ATTENTION':\n      return toChangedOrder(applyOrderChange(order, { status: 'CANCELLED' }, command.now, reason));",
  ),
  customerSteps(
    'an unpaid order can be fulfilled',
    "  if (order.status !== 'COMPLETED') {",
    "  if (order.status === 'CANCELLED') {",
  ),
  customerSteps(
    'an order that does not need attention can be resumed',
    "  if (order.status !== 'NEEDS_ATTENTION') {",
    "  if (order.status === 'CANCELLED') {",
  ),
  sagaSteps(
    'a step of an older attempt is accepted for the current one',
    '  payment?.attempt === attempt;',
    '  payment?.attempt === attempt || attempt > 0;',
  ),
  sagaSteps(
    'an order that is not being paid can be confirmed',
    "  if (order.status !== 'PAYING') return unexpectedStatus(order);\n  return toChangedOrder(\n    applyOrderChange(\n      order,\n      { status: 'CONFIRMED'",
    "  return toChangedOrder(\n    applyOrderChange(\n      order,\n      { status: 'CONFIRMED'",
  ),
  sagaSteps(
    'a cancelled order can be completed',
    "  if (status !== 'CONFIRMED' || stockOutcome",
    '  if (stockOutcome',
  ),
  sagaSteps(
    'an order is completed although its stock was not committed',
    "status !== 'CONFIRMED' || stockOutcome?.status !== 'committed')",
    "status !== 'CONFIRMED')",
  ),
  sagaSteps(
    'a completed order is compensated',
    "      return err({ kind: 'alreadyCompleted' });",
    "      return toChangedOrder(applyOrderChange(order, { status: 'CANCELLING' }, now, reason));",
  ),
  sagaSteps(
    'the cancellation of an order that is not cancelling can be completed',
    "  if (order.status !== 'CANCELLING') return unexpectedStatus(order);\n",
    '',
  ),
  sagaSteps(
    'a second stock outcome replaces the first',
    '  return order.stockOutcome === undefined\n    ? toChangedOrder(applyOrderChange(order, { stockOutcome }, now))\n    : toUnchangedOrder(order);',
    '  return order.version > 0 ? toChangedOrder(applyOrderChange(order, { stockOutcome }, now)) : toUnchangedOrder(order);',
  ),
  inOrders('use-cases/saga/saga-steps')(
    'a stock outcome that arrived before the confirmation is not passed on',
    '  if (result.ok) await reportStockOutcome(callback, result.value);\n  return toStatusResult',
    '  return toStatusResult',
  ),
  inOrders('adapters/step-functions')(
    'starting a saga twice is an error',
    'if (!(error instanceof ExecutionAlreadyExists)) throw error;',
    'throw error;',
  ),
  inOrders('adapters/dynamo-order-store')(
    'an existing order counts as created',
    '    return existing && toOrder(existing);',
    '    return existing && undefined;',
  ),
  inOrders('adapters/dynamo-customer-hold-store')(
    'a customer may hold any number of orders',
    'openHolds < :holds AND ',
    ':holds = :holds AND ',
  ),
  inOrders('adapters/dynamo-customer-hold-store')(
    'a customer may hold any number of units',
    ' AND openUnits <= :left))',
    ' AND :left = :left))',
  ),
  inOrders('adapters/dynamo-customer-hold-store')(
    'concurrent claims are deleted',
    "          },\n          ConditionExpression: '#version = :version',",
    "          },\n          ConditionExpression: '#version = :version OR :version = :version',",
  ),
  inOrders('domain/erase-customer')(
    'a customer is erased from an open order',
    "  if (!CLOSED_STATUSES.has(orderStatus)) return err({ kind: 'stillOpen', orderStatus });\n",
    '',
  ),
  inOrders('domain/erase-customer')(
    "another customer's order is erased",
    '  if (order.customerId !== customerId) return toUnchangedOrder(order);\n',
    '',
  ),
];
