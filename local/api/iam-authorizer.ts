import { createHash, timingSafeEqual } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';
import { ACCOUNT_ID, arnOf, DEVELOPER_CREDENTIALS, region as ownRegion } from '../account.ts';
import { isAllowed, type Statement } from './iam-policy.ts';

/** Caller with a key. `statements` is undefined for a caller that may do everything. */
export type Principal = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly userArn: string;
  readonly statements: readonly Statement[] | undefined;
};

export const DEVELOPER_PRINCIPAL: Principal = {
  ...DEVELOPER_CREDENTIALS,
  userArn: `arn:aws:iam::${ACCOUNT_ID}:user/developer`,
  statements: undefined,
};

export type SignedRequest = {
  readonly method: string;
  /** URL as the client sent it: path and query in their encoding, host from the Host header. */
  readonly url: string;
  /** Headers by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
};

const SERVICE = 'execute-api';
const CLOCK_SKEW_MILLISECONDS_MAX = 5 * 60 * 1_000;
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request,\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})$/;

/**
 * Returns the principal that signed a request with SigV4, or undefined for an invalid signature.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export async function verifySignature(
  { method, url, headers, body }: SignedRequest,
  principals: ReadonlyMap<string, Principal>,
  now: number,
): Promise<Principal | undefined> {
  const [, accessKeyId = '', date, region = '', service, signedHeaders = '', signature = ''] =
    AUTHORIZATION.exec(headers.authorization ?? '') ?? [];
  const principal = principals.get(accessKeyId);
  const datetime = headers['x-amz-date'] ?? '';
  const signedNames = signedHeaders.split(';');
  if (principal === undefined || !signedNames.includes('host')) return undefined;
  // A signature is valid for one region and service only.
  if (region !== ownRegion() || service !== SERVICE) return undefined;
  if (
    date !== datetime.slice(0, 8) ||
    Math.abs(now - epochMillisecondsOf(datetime)) > CLOCK_SKEW_MILLISECONDS_MAX
  )
    return undefined;

  const bodyHash = createHash('sha256').update(body).digest('hex');
  if ((headers['x-amz-content-sha256'] ?? bodyHash) !== bodyHash) return undefined;
  const hasMissingHeader = signedNames.some((name) => headers[name] === undefined);
  const hasUnsignedHeader = Object.keys(headers).some(
    (name) => name.startsWith('x-amz-') && !signedNames.includes(name),
  );
  if (hasMissingHeader || hasUnsignedHeader || !signedNames.includes('x-amz-date'))
    return undefined;

  const signer = new AwsV4Signer({
    method,
    url,
    body,
    headers: signedNames
      .filter((name) => name !== 'host')
      .map((name): [string, string] => [name, headers[name] ?? '']),
    allHeaders: true,
    datetime,
    region,
    service,
    accessKeyId,
    secretAccessKey: principal.secretAccessKey,
  });
  const expected = await signer.signature();
  return timingSafeEqual(Buffer.from(expected), Buffer.from(signature)) ? principal : undefined;
}

/** Returns whether the principal's policies allow a method and path of the API. */
export function canInvoke(
  { statements }: Principal,
  apiId: string,
  method: string,
  path: string,
): boolean {
  if (statements === undefined) return true;
  return isAllowed(
    statements,
    'execute-api:Invoke',
    arnOf(SERVICE, `${apiId}/$default/${method}${path}`),
  );
}

/** Parses a SigV4 time such as `20261123T120000Z` to epoch milliseconds. */
const epochMillisecondsOf = (datetime: string): number =>
  Date.parse(datetime.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
