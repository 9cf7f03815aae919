import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { ApiGatewayV2Client } from '@aws-sdk/client-apigatewayv2';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import * as z from 'zod/mini';
import { ApiGatewayStage } from '../../../lambdas/api/adapters/api-gateway-stage.ts';
import { pruneRouteSettings } from '../../../lambdas/api/use-cases/prune-route-settings.ts';
import { customResourceHandler } from '../../../lambdas/shared/events/custom-resource-handler.ts';

type Request = { readonly method: string; readonly url: string; readonly body: string };
type StubResponse = {
  readonly status: number;
  readonly body?: object;
  readonly headers?: Record<string, string>;
};

/** Serves HTTP on a free port until the test ends; returns its address. */
async function serve(
  respond: (request: Request, raw: IncomingMessage) => StubResponse,
): Promise<string> {
  const server: Server = createServer(async (raw, response) => {
    const { method = '', url = '' } = raw;
    const { status, body, headers = {} } = respond({ method, url, body: await text(raw) }, raw);
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(body === undefined ? '' : JSON.stringify(body));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Shapes from the API reference of API Gateway. None of these was recorded in an account. */
const NOT_FOUND: StubResponse = {
  status: 404,
  headers: { 'x-amzn-errortype': 'NotFoundException' },
  body: { message: 'Invalid stage identifier specified' },
};
const stageResponse = (...routeKeys: readonly string[]): StubResponse => ({
  status: 200,
  body: {
    stageName: '$default',
    autoDeploy: true,
    routeSettings: Object.fromEntries(
      routeKeys.map((key) => [key, { throttlingRateLimit: 20, throttlingBurstLimit: 20 }]),
    ),
  },
});

const STAGE_PATH = '/v2/apis/a1b2/stages/%24default';

describe('settings of deleted routes', () => {
  let requests: Request[];
  beforeEach(() => {
    requests = [];
  });

  const prunedAt = async (
    routes: readonly string[],
    answers: Readonly<Record<string, StubResponse>>,
  ) => {
    const endpoint = await serve((request) => {
      requests.push(request);
      return answers[request.method] ?? { status: 204 };
    });
    const client = new ApiGatewayV2Client({
      endpoint,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
    return pruneRouteSettings(new ApiGatewayStage(client, 'a1b2', '$default'), routes);
  };
  const sent = () => requests.map(({ method, url }) => `${method} ${decodeURIComponent(url)}`);

  test('are deleted by their encoded key, and no others', async () => {
    const pruned = await prunedAt(['GET /stock', 'POST /orders'], {
      GET: stageResponse(
        'GET /stock',
        'POST /orders/{orderId}/payment',
        'POST /orders',
        'PUT /gone',
      ),
    });

    expect(pruned).toEqual(['POST /orders/{orderId}/payment', 'PUT /gone']);
    expect(requests[0]?.url).toBe(STAGE_PATH);
    expect(sent().slice(1)).toEqual([
      'DELETE /v2/apis/a1b2/stages/$default/routesettings/POST /orders/{orderId}/payment',
      'DELETE /v2/apis/a1b2/stages/$default/routesettings/PUT /gone',
    ]);
  });

  test('are empty for a stage that does not exist yet', async () => {
    expect(await prunedAt(['GET /stock'], { GET: NOT_FOUND })).toEqual([]);
    expect(sent()).toHaveLength(1);
  });

  test('may already be deleted', async () => {
    expect(await prunedAt([], { GET: stageResponse('GET /gone'), DELETE: NOT_FOUND })).toEqual([
      'GET /gone',
    ]);
  });

  test('fail the deployment when API Gateway rejects a request', async () => {
    const rejected = prunedAt([], {
      GET: stageResponse('GET /gone'),
      DELETE: { status: 403, headers: { 'x-amzn-errortype': 'AccessDeniedException' }, body: {} },
    });

    await expect(rejected).rejects.toThrow();
  });
});

describe('a custom resource', () => {
  const REQUEST = {
    StackId: 'arn:aws:cloudformation:eu-west-1:1:stack/s/1',
    RequestId: 'r-1',
    LogicalResourceId: 'RouteSettings',
    ResourceType: 'Custom::RouteSettings',
    ServiceToken: 'arn:aws:lambda:eu-west-1:1:function:f:live',
  };

  /** Returns the responses that CloudFormation's bucket receives for a request. */
  async function outcomeOf(
    request: object,
    apply: (names: readonly string[]) => Promise<object>,
    status = 200,
  ) {
    const received: { body: unknown; contentType: string | undefined }[] = [];
    const url = await serve(({ body }, raw) => {
      received.push({ body: JSON.parse(body), contentType: raw.headers['content-type'] });
      return { status };
    });
    const handler = customResourceHandler({
      properties: z.object({ Routes: z.array(z.string()) }),
      apply: async ({ Routes }) => ({ ...(await apply(Routes)) }),
    }) as unknown as (event: object, context: object) => Promise<void>;
    await handler({ ...REQUEST, ResponseURL: url, ...request }, {});
    return received;
  }
  const { ServiceToken: _token, ResourceType: _type, ...IDS } = REQUEST;

  test('that is created keeps its logical id as its physical id', async () => {
    const applied: string[] = [];
    const received = await outcomeOf(
      { RequestType: 'Create', ResourceProperties: { Routes: ['GET /stock'] } },
      async (routes) => ({ applied: applied.push(...routes) }),
    );

    expect(applied).toEqual(['GET /stock']);
    expect(received).toEqual([
      { body: { ...IDS, PhysicalResourceId: 'RouteSettings', Status: 'SUCCESS' }, contentType: '' },
    ]);
  });

  test('that is deleted applies nothing, and keeps its physical id', async () => {
    const received = await outcomeOf(
      { RequestType: 'Delete', PhysicalResourceId: 'p-1', ResourceProperties: {} },
      () => Promise.reject(new Error('applied')),
    );

    expect(received[0]?.body).toEqual({ ...IDS, PhysicalResourceId: 'p-1', Status: 'SUCCESS' });
  });

  test.each([
    ['an error', { Routes: [] }, 'Error: API Gateway is away'],
    [
      'properties that do not fit',
      {},
      expect.stringContaining('The properties of the resource are not valid'),
    ],
  ])('that is updated fails with the reason: %s', async (_case, ResourceProperties, Reason) => {
    const received = await outcomeOf(
      { RequestType: 'Update', PhysicalResourceId: 'p-1', ResourceProperties },
      () => Promise.reject(new Error('API Gateway is away')),
    );

    expect(received[0]?.body).toEqual({
      ...IDS,
      PhysicalResourceId: 'p-1',
      Status: 'FAILED',
      Reason,
    });
  });

  test('throws when its outcome cannot be sent, so that Lambda invokes the function again', async () => {
    const lost = outcomeOf(
      { RequestType: 'Create', ResourceProperties: { Routes: [] } },
      async () => ({}),
      503,
    );

    await expect(lost).rejects.toThrow("CloudFormation's bucket rejected the response with 503.");
  });
});
