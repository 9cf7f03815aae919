import { createHash, timingSafeEqual } from 'node:crypto';
import { AwsV4Signer } from 'aws4fetch';
import { ACCOUNT_ID, arnOf, DEVELOPER_CREDENTIALS, region as ownRegion } from '../account.ts';
import { isAllowed, type Statement } from './iam-policy.ts';

/** Somebody with a key. `statements` undefined: all is allowed. */
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
  /** As it was sent: path and query in their encoding, and the Host header's host. */
  readonly url: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
};

const SERVICE = 'execute-api';
const CLOCK_SKEW_MILLISECONDS_MAX = 5 * 60 * 1_000;
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request,\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})$/;

/**
 * The principal who signed a request (SigV4), or undefined when none did so validly.
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
  // A signature for one region and service holds nowhere else.
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

/** True when the principal's policies allow a method and path of the API. */
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

/** `20261123T120000Z` in epoch milliseconds. */
const epochMillisecondsOf = (datetime: string): number =>
  Date.parse(datetime.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
