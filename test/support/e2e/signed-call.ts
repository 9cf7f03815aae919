import { inject } from 'vitest';
import { type ApiResponse, type Problem, serviceSigner } from './e2e.ts';

/** Sends a request of another service to the API, signed with its key. */
export async function signedCall<Body = Problem>(
  method: string,
  path: string,
  body?: unknown,
): Promise<ApiResponse<Body>> {
  const signer = serviceSigner();
  if (signer === undefined) throw new Error('There is no key to sign with.');
  const response = await signer.fetch(`${inject('apiUrl')}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const { status, headers } = response;
  return { status, headers, body: (await response.json()) as Body };
}
