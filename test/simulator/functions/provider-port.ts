import { SandboxProvider } from '../../../lambdas/payments/adapters/sandbox-provider.ts';
import { OutcomeUnknown } from '../../../lambdas/payments/use-cases/ports.ts';

const METHODS = ['authorize', 'capture', 'void', 'refund', 'lookup', 'refundsSince'] as const;
type Method = (typeof METHODS)[number];
type AskProvider = (method: Method, ask: () => Promise<unknown>) => Promise<unknown>;

/** Puts a wire between the payments' functions and their provider, at its port. What gets no answer is an unknown outcome. */
export function wrapProvider(through: () => AskProvider | undefined): void {
  for (const method of METHODS) {
    const asked = SandboxProvider.prototype[method] as (...given: unknown[]) => Promise<unknown>;
    Object.assign(SandboxProvider.prototype, {
      async [method](this: SandboxProvider, ...given: unknown[]) {
        const wire = through();
        if (wire === undefined) return asked.apply(this, given);
        try {
          return await wire(method, () => asked.apply(this, given));
        } catch (fault) {
          if (fault instanceof Error && fault.name === 'TimeoutError')
            throw new OutcomeUnknown(`${method} was not answered`, { cause: fault });
          throw fault;
        }
      },
    });
  }
}
