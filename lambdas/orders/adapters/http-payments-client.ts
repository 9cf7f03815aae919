import { PaymentAuditPage } from '../../contracts/api/audit.ts';
import { RequiredActionView } from '../../contracts/api/payments.ts';
import {
  parseProblem,
  type ServiceResponse,
  type SignedClient,
} from '../../shared/http/signed-client.ts';
import type { PaymentAttempt, PaymentsClient } from '../use-cases/ports.ts';

/**
 * Client of payments' service routes. Requests are signed with the function's credentials (IAM,
 * SigV4).
 */
export class HttpPaymentsClient implements PaymentsClient {
  readonly #client: SignedClient;

  constructor(client: SignedClient) {
    this.#client = client;
  }

  async listAttempts({
    orderId,
    attempts,
    correlationId,
  }: Parameters<PaymentsClient['listAttempts']>[0]): Promise<readonly PaymentAttempt[]> {
    if (attempts === 0) return [];
    const ids = Array.from({ length: attempts }, (_, index) => `${orderId}-${index + 1}`);
    const query = new URLSearchParams({ ids: ids.join(',') });
    const response = await this.#client.send('GET', `/audit/payments?${query}`, { correlationId });
    if (response.status !== 200) throw unexpectedResponse(response);
    const { items } = PaymentAuditPage.parse(response.body);
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

  async getRequiredAction({
    orderId,
    attempt,
    correlationId,
  }: Parameters<PaymentsClient['getRequiredAction']>[0]) {
    const response = await this.#client.send('GET', `/payments/${orderId}-${attempt}/action`, {
      correlationId,
    });
    if (response.status === 404) return undefined;
    if (response.status !== 200) throw unexpectedResponse(response);
    return RequiredActionView.parse(response.body).nextAction;
  }
}

const unexpectedResponse = (response: ServiceResponse): Error =>
  new Error(`payments responded with ${response.status} ${parseProblem(response).code}`);
