import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { afterEach, describe, expect, test } from 'vitest';
import { explainQuotaError, readQuotas } from '../../../cli/preflight/account-quotas.ts';
import { UserError } from '../../../local/errors.ts';
import { ACCOUNT_SETTINGS, APPLIED, DEFAULTS, DENIED } from './responses/quotas.ts';

type QuotaResponse = { readonly status: number; readonly body: object };
type QuotaRequest = {
  readonly operation: string;
  readonly service?: string;
  readonly page: number;
};

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Starts SDK clients of a server that sends these responses and records its requests. */
async function startClients(respond: (request: QuotaRequest) => QuotaResponse) {
  const requests: QuotaRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const target = String(request.headers['x-amz-target'] ?? '.GetAccountSettings');
    const body = chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
    const one: QuotaRequest = {
      operation: target.split('.')[1] ?? '',
      service: body.ServiceCode,
      page: Number(body.NextToken ?? 0),
    };
    requests.push(one);
    const { status, body: given } = respond(one);
    response
      .writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
      .end(JSON.stringify(given));
  });
  servers.push(server);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const settings = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
  return {
    requests,
    clients: { lambda: new LambdaClient(settings), quotas: new ServiceQuotasClient(settings) },
  };
}

function documentedResponse({ operation, service = '', page }: QuotaRequest): QuotaResponse {
  if (operation === 'GetAccountSettings') return { status: 200, body: ACCOUNT_SETTINGS };
  const pages = (operation === 'ListServiceQuotas' ? APPLIED : DEFAULTS)[service] ?? [[]];
  const more = page + 1 < pages.length ? { NextToken: String(page + 1) } : {};
  return { status: 200, body: { Quotas: pages[page] ?? [], ...more } };
}

describe('reading the quotas of an account', () => {
  test('reads every page, and prefers values of the account to defaults', async () => {
    const { clients } = await startClients(documentedResponse);

    const found = await readQuotas(clients);
    const of = (service: string, name: string) => found({ service, name, requiredFor: () => 0 });

    expect(of('apigateway', 'Throttle rate')).toEqual({
      value: 20_000,
      isDefault: false,
      code: 'L-8A5B8E43',
    });
    expect(of('dynamodb', 'Table-level write throughput limit')).toEqual({
      value: 40_000,
      isDefault: true,
      code: 'L-AB614373',
    });
    expect(of('states', 'StateTransition throttle token refill rate per second')).toBeUndefined();
  });

  test('reads the unreserved concurrency from Lambda itself', async () => {
    const { clients, requests } = await startClients(documentedResponse);

    const found = await readQuotas(clients);

    expect(
      found({ service: 'lambda', name: 'Concurrent executions', requiredFor: () => 0 })?.value,
    ).toBe(900);
    expect(requests.some(({ service }) => service === 'lambda')).toBe(false);
  });
});

describe('explains errors that the operator can fix:', () => {
  test('names the missing permission', async () => {
    const { clients } = await startClients((request) =>
      request.operation === 'ListAWSDefaultServiceQuotas'
        ? { status: 400, body: DENIED }
        : documentedResponse(request),
    );

    const error = await readQuotas(clients).catch((thrown: unknown) =>
      explainQuotaError(thrown, 'us-east-1'),
    );

    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toMatch(
      /not authorized to perform: servicequotas:ListAWSDefaultServiceQuotas/,
    );
    expect(String(error)).toMatch(
      /Allow lambda:GetAccountSettings, servicequotas:ListServiceQuotas/,
    );
  });

  test.each([
    [
      'a region that does not exist',
      { code: 'ENOTFOUND' },
      /There is no region mars-east-1, or no network/,
    ],
    ['no credentials', { name: 'CredentialsProviderError' }, /Set AWS_PROFILE/],
    [
      'a region that is not enabled',
      { name: 'UnrecognizedClientException' },
      /has not enabled that region/,
    ],
    ['credentials that expired', { name: 'ExpiredTokenException' }, /sign in again/],
  ])('%s', (_case, over, words) => {
    const error = explainQuotaError(Object.assign(new Error('the SDK says'), over), 'mars-east-1');

    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toMatch(words);
  });

  test('returns any other error as it is', () => {
    const error = new Error('a bug');

    expect(explainQuotaError(error, 'eu-west-1')).toBe(error);
    expect(explainQuotaError('text', 'eu-west-1')).toBe('text');
  });
});
