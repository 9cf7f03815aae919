import { createHash } from 'node:crypto';
import { TOKEN_MILLISECONDS } from './model.ts';

export type TokenState = 'new' | 'running' | 'done' | 'mismatch';

/**
 * Which transactions were made under their tokens. One that failed leaves its token free.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-apis-txwriteitems-idempotency
 */
export class TransactionTokens {
  readonly #now: () => number;
  readonly #known = new Map<string, { readonly print: string; doneAt?: number }>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Notes a new one as running. */
  begin(token: string, request: unknown): TokenState {
    const print = createHash('sha256').update(JSON.stringify(request)).digest('hex');
    const known = this.#known.get(token);
    const isOver = known?.doneAt !== undefined && this.#now() - known.doneAt > TOKEN_MILLISECONDS;
    if (known === undefined || isOver) {
      this.#known.set(token, { print });
      return 'new';
    }
    if (known.print !== print) return 'mismatch';
    return known.doneAt === undefined ? 'running' : 'done';
  }

  end(token: string, succeeded: boolean): void {
    const known = this.#known.get(token);
    if (known === undefined) return;
    if (succeeded) known.doneAt = this.#now();
    else this.#known.delete(token);
  }
}
