import { describe, expect, test } from 'vitest';
import type { Observation } from '../../../../local/functions/observation.ts';
import { createActivityPrinter } from '../../../../local/terminal/activity-lines.ts';

const ACCOUNT = 'arn:aws:sqs:us-east-1:000000000000';
const FUNCTION = 'stockbook-dev-orders-PlaceOrder1A2B3C4D';

/** Returns the printed lines without their times. */
function printed(...seen: readonly Observation[]): readonly string[] {
  const lines: string[] = [];
  const print = createActivityPrinter((line) => lines.push(line));
  for (const one of seen) print(one);
  return lines.map((line) => line.replace(/^\d\d:\d\d:\d\d \S+ {2}/, ''));
}
const request = (routeKey: string, status: number): Observation => ({
  kind: 'request',
  routeKey,
  access: 'jwt',
  status,
});

describe('npm start -- --verbose', () => {
  test('prints a request with its status', () => {
    expect(printed(request('POST /orders', 201))).toEqual(['POST /orders 201']);
  });

  test('prints an event with the queues and topics that receive it, without generated parts', () => {
    const queueArns = [`${ACCOUNT}:stockbook-my-stage-inventory-OrderConfirmedQueue72EEA27A`];
    const topicArns = ['arn:aws:sns:us-east-1:000000000000:stockbook-dev-shared-Alarms0A1B2C3D'];
    const event = (queues: readonly string[], topics: readonly string[] = []): Observation => ({
      kind: 'event',
      detailType: 'OrderConfirmed',
      bytes: 1,
      queueArns: queues,
      topicArns: topics,
    });

    expect(
      printed(event(queueArns), event([], topicArns), event(queueArns, topicArns), event([])),
    ).toEqual([
      'event OrderConfirmed → inventory-OrderConfirmedQueue',
      'event OrderConfirmed → topic shared-Alarms',
      'event OrderConfirmed → inventory-OrderConfirmedQueue, topic shared-Alarms',
      'event OrderConfirmed → no target',
    ]);
  });

  test('prints failed and rejected invocations, and no others', () => {
    const invocation = {
      kind: 'invocation',
      functionName: FUNCTION,
      by: 'route',
      records: 1,
      milliseconds: 1,
    } as const;

    expect(
      printed(
        { ...invocation, isOk: true },
        { ...invocation, isOk: false },
        { kind: 'rejectedInvocation', functionName: FUNCTION, by: 'queue', errorType: 'Throttled' },
      ),
    ).toEqual(['orders-PlaceOrder failed', 'orders-PlaceOrder was not invoked: Throttled']);
  });

  test('prints an injected fault before the failed invocation', () => {
    expect(
      printed(
        { kind: 'injectedFault', functionName: FUNCTION, faultKind: 'lostResponse' },
        { kind: 'injectedFault', functionName: FUNCTION, faultKind: 'error', call: 'PutItem' },
        {
          kind: 'invocation',
          functionName: FUNCTION,
          by: 'route',
          records: 1,
          milliseconds: 1,
          isOk: false,
        },
      ),
    ).toEqual([
      'orders-PlaceOrder hit by an injected fault: lostResponse',
      'orders-PlaceOrder, call PutItem, hit by an injected fault: error',
      'orders-PlaceOrder failed',
    ]);
  });

  test('can be limited to some kinds', () => {
    const lines: string[] = [];
    const print = createActivityPrinter((line) => lines.push(line), { kinds: ['event'] });

    print(request('POST /orders', 201));
    print({ kind: 'event', detailType: 'OrderPlaced', bytes: 1, queueArns: [], topicArns: [] });

    expect(lines).toEqual([expect.stringContaining('event OrderPlaced → no target')]);
  });

  test('prints repeated lines of a client that polls once', () => {
    const poll = request('GET /orders/{orderId}', 200);

    expect(printed(poll, poll, request('POST /orders', 201), poll)).toEqual([
      'GET /orders/{orderId} 200',
      'POST /orders 201',
      'GET /orders/{orderId} 200',
    ]);
  });
});
