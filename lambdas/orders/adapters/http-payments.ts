import { PaymentAuditPage } from '../../contracts/audit-api.ts';
import { RequiredActionView } from '../../contracts/payments-api.ts';
import { type Answer, problemIn, type SignedClient } from '../../shared/http/signed-client.ts';
import type { PaymentAttempt, Payments } from '../use-cases/ports.ts';

/** Payments' service routes, signed with this function's own credentials (IAM, SigV4). */
export class HttpPayments implements Payments {
  readonly #client: SignedClient;

  constructor(client: SignedClient) {
    this.#client = client;
  }

  async attemptsOf({
    orderId,
    attempts,
    correlationId,
  }: Parameters<Payments['attemptsOf']>[0]): Promise<readonly PaymentAttempt[]> {
    if (attempts === 0) return [];
    const ids = Array.from({ length: attempts }, (_, index) => `${orderId}-${index + 1}`);
    const query = new URLSearchParams({ ids: ids.join(',') });
    const answer = await this.#client.send('GET', `/audit/payments?${query}`, { correlationId });
    if (answer.status !== 200) throw unexpected(answer);
    const { items } = PaymentAuditPage.parse(answer.body);
    return items
      .map(({ attempt, status, amount, currency, capturedAmount, refundedAmount, updatedAt }) => ({
        attempt,
        status,
        amount: { amount, currency },
        capturedAmount: { amount: capturedAmount, currency },
        refundedAmount: { amount: refundedAmount, currency },
        updatedAt,
      }))
      .sort((one, other) => one.attempt - other.attempt);
  }

  async requiredAction({
    orderId,
    attempt,
    correlationId,
  }: Parameters<Payments['requiredAction']>[0]) {
    const answer = await this.#client.send('GET', `/payments/${orderId}-${attempt}/action`, {
      correlationId,
    });
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw unexpected(answer);
    return RequiredActionView.parse(answer.body).nextAction;
  }
}

const unexpected = (answer: Answer): Error =>
  new Error(`payments answered ${answer.status} ${problemIn(answer).code}`);
