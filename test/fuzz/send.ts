import { Agent, request } from 'node:http';
import { AwsV4Signer } from 'aws4fetch';
import type { Caller, FuzzRequest } from './requests.ts';

export type Target = {
  readonly url: string;
  readonly tokens: Readonly<Record<'customer' | 'staff', string>>;
};
export type FuzzResponse = {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  /** Retry-After of a 503. */
  readonly retryAfterSeconds?: number | undefined;
};

const RESPONSE_MILLISECONDS_MAX = 60_000;
/**
 * Node's parser rejects a larger head with 431 and closes the connection. If the body is still
 * being sent, the response may be lost.
 */
const HEAD_BYTES_MAX = 16 * 1024;
/** Reuses no connection: the server may close an idle one while the next request is being sent. */
const agent = new Agent({ keepAlive: false, maxSockets: 16 });

/** Sends a request that fetch would normalize: raw path, duplicate headers, body of a GET. */
export async function send(
  { url, tokens }: Target,
  fuzzRequest: FuzzRequest,
): Promise<FuzzResponse> {
  const { hostname, port } = new URL(url);
  const authorization = await authorizationHeaders(url, tokens, fuzzRequest);
  const headers = [
    ...fuzzRequest.headers,
    ...authorization,
    ['content-length', String(fuzzRequest.body?.byteLength ?? 0)] as const,
    ['host', `${hostname}:${port}`] as const,
  ];
  const headBytes =
    fuzzRequest.target.length +
    headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        agent,
        hostname,
        port,
        method: fuzzRequest.method,
        path: fuzzRequest.target,
        headers: headers.flat(),
        insecureHTTPParser: false,
        timeout: RESPONSE_MILLISECONDS_MAX,
        setHost: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            contentType: response.headers['content-type'] ?? '',
            body: Buffer.concat(chunks).toString('utf8'),
            retryAfterSeconds: Number(response.headers['retry-after']) || undefined,
          }),
        );
        response.on('error', reject);
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('no response in time')));
    sent.on('error', (error: NodeJS.ErrnoException) => {
      const isCutOff = error.code === 'ECONNRESET' || error.code === 'EPIPE';
      if (isCutOff && headBytes > HEAD_BYTES_MAX)
        resolve({ status: 431, contentType: '', body: '' });
      else reject(error);
    });
    sent.end(fuzzRequest.body);
  });
}

async function authorizationHeaders(
  url: string,
  tokens: Target['tokens'],
  { caller, method, target, body }: FuzzRequest,
): Promise<readonly (readonly [string, string])[]> {
  const bearer = (token: string) => [['authorization', `Bearer ${token}`] as const];
  const by: Readonly<Record<Exclude<Caller, 'service'>, readonly (readonly [string, string])[]>> = {
    anonymous: [],
    invalidToken: bearer('invalidToken'),
    customer: bearer(tokens.customer),
    staff: bearer(tokens.staff),
  };
  if (caller !== 'service') return by[caller];
  try {
    const signer = new AwsV4Signer({
      method,
      url: url + target,
      accessKeyId: 'local',
      secretAccessKey: 'local',
      region: 'us-east-1',
      service: 'execute-api',
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    });
    const { headers } = await signer.sign();
    return [...headers].filter(([name]) => name !== 'host');
  } catch {
    // A path that cannot be signed is sent without a signature.
    return [];
  }
}
