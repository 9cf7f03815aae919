import { UserError } from '../errors.ts';
import type { Fault, FaultRequest } from './fault.ts';
import { FAULTS_PATH } from './fault-routes.ts';

/**
 * Sets a fault in a running runtime, whose AWS endpoint is `aws`, and returns it with the unique
 * name of its function. Throws a UserError when the runtime does not run or rejects the fault.
 */
export const setFault = (aws: string, request: FaultRequest): Promise<Fault> =>
  send<Fault>(aws, { method: 'POST', body: JSON.stringify(request) });

/** Returns the faults of a running runtime. Throws a UserError when it does not run. */
export const listFaults = async (aws: string): Promise<readonly Fault[]> =>
  (await send<{ readonly faults: readonly Fault[] }>(aws, { method: 'GET' })).faults;

/** Removes all faults of a running runtime. Throws a UserError when it does not run. */
export const clearFaults = (aws: string): Promise<void> => send(aws, { method: 'DELETE' });

async function send<Body>(aws: string, init: RequestInit): Promise<Body> {
  const response = await fetch(aws + FAULTS_PATH, init).catch(() => {
    throw new UserError('Stockbook is not running on this machine. Run `npm start`.');
  });
  const text = await response.text();
  if (response.ok) return JSON.parse(text || 'null');
  throw new UserError(rejectionOf(text) ?? `The local runtime returned status ${response.status}.`);
}

function rejectionOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { readonly message?: string }).message;
  } catch {
    return undefined;
  }
}
