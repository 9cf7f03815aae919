import { AwsClient } from 'aws4fetch';

/** Credentials of an AWS role or user, which signs requests to the service routes. */
export type AwsCredentials = {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
};
type Provided<Value> = Value | (() => Value | Promise<Value>);

/**
 * Identity of the caller: the access token of a customer or of staff, or the credentials of a
 * service. A function is called for each attempt, so that a token can be renewed.
 */
export type Identity =
  | { readonly token: Provided<string> }
  | { readonly credentials: Provided<AwsCredentials>; readonly region: string };

/** Returns the request with the identity of its caller. */
export async function authorize(request: Request, identity: Identity): Promise<Request> {
  if ('token' in identity) {
    request.headers.set('authorization', `Bearer ${await resolve(identity.token)}`);
    return request;
  }
  const { accessKeyId, secretAccessKey, sessionToken } = await resolve(identity.credentials);
  const signer = new AwsClient({
    accessKeyId,
    secretAccessKey,
    ...(sessionToken === undefined ? {} : { sessionToken }),
    region: identity.region,
    service: 'execute-api',
  });
  return signer.sign(request);
}

const resolve = async <Value extends string | object>(provided: Provided<Value>): Promise<Value> =>
  typeof provided === 'function' ? provided() : provided;
