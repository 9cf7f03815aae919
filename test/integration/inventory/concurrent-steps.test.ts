import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { beforeAll, expect, inject, test } from 'vitest';
import type { Reservation } from '../../../lambdas/inventory/domain/ledger/reservation.ts';
import { checkCells } from '../../simulator/checks/cell-checker.ts';
import { toInventoryState } from '../../simulator/checks/invariants.ts';
import { createTestTable } from '../../support/dynamodb.ts';
import { aContext, type HandlerResponse, send } from '../../support/http/http-event.ts';

const HANDLERS = new URL('../../../lambdas/inventory/handlers/', import.meta.url);

/** Number of pairs. Every test run uses a sample; set `STEP_PAIRS=400` for the whole. */
const PAIRS = Number(process.env.STEP_PAIRS ?? 48);
/** Number of pairs that run concurrently. */
const PAIRS_AT_ONCE = 8;
const TIMEOUT_MILLISECONDS = 240_000;
const RETRIES_MAX = 20;
const MILLISECONDS_PER_SECOND = 1_000;
/**
 * Maximum share of 503 responses. DynamoDB Local never conflicts: only steps of the same
 * reservation do, and they read again.
 */
const RETRY_SHARE_MAX = 0.01;
const BUCKET_SECONDS = 60;
const UNITS = 10;
const LINES = ['tea', 'cup'].map((sku) => ({ sku, quantity: 3 }));
const AS_SERVICE = { iam: { userArn: 'arn:aws:sts::000000000000:assumed-role/test/service' } };

type Handler = Parameters<typeof send>[0];
type Queue = (event: never, context: ReturnType<typeof aContext>) => Promise<unknown>;

const tally = { requests: 0, retries: 0, withoutRetryAfter: 0, errors: [] as string[] };

/**
 * Sends a request and counts it. An error of the handler becomes the 500 that API Gateway returns.
 */
async function sendOnce(
  what: string,
  ask: () => Promise<HandlerResponse>,
): Promise<HandlerResponse> {
  tally.requests += 1;
  try {
    const response = await ask();
    if (response.status === 503) {
      tally.retries += 1;
      if (response.headers?.['retry-after'] === undefined) tally.withoutRetryAfter += 1;
    }
    return response;
  } catch (error) {
    tally.errors.push(`${what}: ${String(error)}`);
    return { status: 500, headers: {}, body: {} };
  }
}

async function sendWithRetries(
  what: string,
  ask: () => Promise<HandlerResponse>,
): Promise<HandlerResponse> {
  for (let attempt = 0; attempt < RETRIES_MAX; attempt += 1) {
    const response = await sendOnce(what, ask);
    if (response.status !== 503) return response;
    const wait = Number(response.headers?.['retry-after'] ?? 1) * MILLISECONDS_PER_SECOND;
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
  throw new Error(`${what} returned 503 ${RETRIES_MAX} times`);
}

type Steps = {
  readonly reserve: (id: string) => Promise<HandlerResponse>;
  readonly extend: (id: string, key: string) => Promise<HandlerResponse>;
  readonly release: (id: string) => Promise<HandlerResponse>;
  readonly commit: (id: string) => Promise<HandlerResponse>;
};
type Kind = {
  readonly name: string;
  readonly isCommitted?: true;
  readonly play: (steps: Steps, id: string) => readonly Promise<HandlerResponse>[];
  /** Allowed statuses of each response. */
  readonly statuses: readonly (readonly number[])[];
  /** Final state of the reservation. */
  readonly ends: Partial<Reservation>;
};

const KINDS: readonly Kind[] = [
  {
    name: 'an extension and a release',
    play: ({ extend, release }, id) => [extend(id, 'first'), release(id)],
    statuses: [[200, 409], [200]],
    ends: { status: 'RELEASED' },
  },
  {
    name: 'two releases',
    play: ({ release }, id) => [release(id), release(id)],
    statuses: [[200], [200]],
    ends: { status: 'RELEASED' },
  },
  {
    name: 'a commit and a release',
    play: ({ commit, release }, id) => [commit(id), release(id)],
    statuses: [[200], [200]],
    ends: { status: 'RELEASED' },
  },
  {
    name: 'a commit and an extension',
    play: ({ commit, extend }, id) => [commit(id), extend(id, 'first')],
    statuses: [[200], [200, 409]],
    ends: { status: 'COMMITTED' },
  },
  {
    name: 'the same extension three times',
    play: ({ extend }, id) => [extend(id, 'same'), extend(id, 'same'), extend(id, 'same')],
    statuses: [[200], [200], [200]],
    ends: { status: 'HELD', version: 2 },
  },
  {
    name: 'two releases of a committed reservation',
    isCommitted: true,
    play: ({ release }, id) => [release(id), release(id)],
    statuses: [[200], [200]],
    ends: { status: 'RELEASED' },
  },
];

let steps: Steps;
let receive: (sku: string) => Promise<HandlerResponse>;
let table: Awaited<ReturnType<typeof createTestTable>>;

beforeAll(async () => {
  table = await createTestTable('inventory');
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL_DYNAMODB: inject('dynamodbEndpoint'),
    INVENTORY_TABLE: table.tableName,
    HOLD_GRANULARITY_SECONDS: String(BUCKET_SECONDS),
    STAGE: 'test',
  });
  const handlerOf = async <Of>(name: string): Promise<Of> =>
    ((await import(new URL(`${name}.ts`, HANDLERS).href)) as { handler: Of }).handler;
  const [reserving, extending, releasing, receiving] = await Promise.all(
    [
      'reservations/reserve-stock',
      'reservations/extend-reservation',
      'reservations/release-reservation',
      'stock/receive-stock',
    ].map((name) => handlerOf<Handler>(name)),
  );
  const committing = await handlerOf<Queue>('reservations/commit-reservation');
  if (!reserving || !extending || !releasing || !receiving) throw new Error('a handler is missing');
  const ask = (handler: Handler, routeKey: string, id: string, body?: object, key = 'key-1') =>
    sendWithRetries(`${routeKey} ${id}`, () =>
      send(handler, {
        routeKey,
        path: routeKey.includes('{sku}') ? { sku: id } : { reservationId: id },
        headers: { 'idempotency-key': key },
        authorizer: AS_SERVICE,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  receive = (sku) =>
    ask(receiving, 'POST /stock/{sku}/receipts', sku, { quantity: UNITS, createSku: true }, sku);
  steps = {
    reserve: (id) =>
      ask(reserving, 'PUT /reservations/{reservationId}', id, {
        lines: linesOf(id),
        holdSeconds: 600,
      }),
    extend: (id, key) =>
      ask(
        extending,
        'POST /reservations/{reservationId}/extension',
        id,
        { holdSeconds: 1_200 },
        key,
      ),
    release: (id) => ask(releasing, 'DELETE /reservations/{reservationId}', id),
    commit: (id) =>
      sendWithRetries(`OrderConfirmed ${id}`, async () => {
        const response = await committing(orderConfirmed(id) as never, aContext());
        const isDone = JSON.stringify(response) === '{"batchItemFailures":[]}';
        // SQS delivers the message again after its visibility timeout.
        return { status: isDone ? 200 : 503, headers: { 'retry-after': '1' }, body: response };
      }),
  };
});

/**
 * Returns lines of the reservation's own SKUs, so that units of other reservations cannot hide a
 * loss.
 */
const linesOf = (id: string) =>
  LINES.map(({ sku, quantity }) => ({ sku: `${sku}-${id}`, quantity }));

const orderConfirmed = (orderId: string): object => ({
  Records: [
    {
      messageId: 'message-1',
      attributes: { ApproximateReceiveCount: '1' },
      body: JSON.stringify({
        'detail-type': 'OrderConfirmed',
        detail: {
          eventId: `order/${orderId}/1/OrderConfirmed`,
          version: 1,
          occurredAt: new Date().toISOString(),
          correlationId: 'corr-1',
          data: {
            orderId,
            customerId: 'alice',
            lines: linesOf(orderId),
            total: { amount: 1, currency: 'EUR' },
          },
        },
      }),
    },
  ],
});

async function play(kind: Kind, id: string): Promise<string[]> {
  for (const { sku } of linesOf(id)) await receive(sku);
  await steps.reserve(id);
  if (kind.isCommitted) await steps.commit(id);
  const responses = await Promise.all(kind.play(steps, id));
  return responses.flatMap(({ status = 0, body }, index) =>
    kind.statuses[index]?.includes(status)
      ? []
      : [`${kind.name}, ${index}: returned ${status} ${JSON.stringify(body)}`],
  );
}

async function itemsOfTable(): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let from: Record<string, unknown> | undefined;
  do {
    const page = await table.client.send(
      new ScanCommand({ TableName: table.tableName, ...(from && { ExclusiveStartKey: from }) }),
    );
    items.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return items;
}

test(
  `${PAIRS} pairs of concurrent steps of one reservation return no 500 and leave consistent books`,
  async () => {
    const wrong: string[] = [];
    const played = new Map<string, Kind>();
    let next = 0;
    const caller = async (): Promise<void> => {
      for (let number = next++; number < PAIRS; number = next++) {
        const kind = KINDS[number % KINDS.length];
        if (kind === undefined) return;
        played.set(`ord_${number}`, kind);
        wrong.push(...(await play(kind, `ord_${number}`)));
      }
    };
    await Promise.all(Array.from({ length: PAIRS_AT_ONCE }, caller));

    const { cells, reservations } = toInventoryState(await itemsOfTable());
    const retryShare = tally.retries / tally.requests;
    console.log(
      `${PAIRS} pairs, ${tally.requests} requests: ${tally.errors.length} errors, ${tally.retries} retries (${(100 * retryShare).toFixed(2)}%)`,
    );
    expect(tally.errors).toEqual([]);
    expect(wrong).toEqual([]);
    expect(tally.withoutRetryAfter).toBe(0);
    expect(retryShare).toBeLessThanOrEqual(RETRY_SHARE_MAX);
    expect(cells).toHaveLength(PAIRS * LINES.length);
    expect(checkCells({ cells, reservations: [...reservations.values()] })).toEqual([]);
    for (const [id, { ends }] of played) expect(reservations.get(id)).toMatchObject(ends);
  },
  TIMEOUT_MILLISECONDS,
);
