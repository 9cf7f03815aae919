import { SandboxProvider } from '../../../lambdas/payments/adapters/sandbox-provider.ts';
import { OutcomeUnknownError } from '../../../lambdas/payments/use-cases/ports.ts';

const METHODS = ['authorize', 'capture', 'void', 'refund', 'lookup', 'listRefundsSince'] as const;
type ProviderMethod = (typeof METHODS)[number];
type CallProvider = (method: ProviderMethod, call: () => Promise<unknown>) => Promise<unknown>;

/**
 * Intercepts the calls of the payments' functions to their provider, at its port. A call without a
 * response is an unknown outcome.
 */
export function interceptProvider(currentCall: () => CallProvider | undefined): void {
  for (const method of METHODS) {
    const original = SandboxProvider.prototype[method] as (...given: unknown[]) => Promise<unknown>;
    Object.assign(SandboxProvider.prototype, {
      async [method](this: SandboxProvider, ...given: unknown[]) {
        const callProvider = currentCall();
        if (callProvider === undefined) return original.apply(this, given);
        try {
          return await callProvider(method, () => original.apply(this, given));
        } catch (error) {
          if (error instanceof Error && error.name === 'TimeoutError')
            throw new OutcomeUnknownError(`${method} received no response`, { cause: error });
          throw error;
        }
      },
    });
  }
}
