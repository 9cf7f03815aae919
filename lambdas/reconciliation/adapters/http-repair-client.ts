import { RepairedView } from '../../contracts/api/repair.ts';
import { err, ok, type Result } from '../../shared/core/result.ts';
import { parseProblem, type SignedClient } from '../../shared/http/signed-client.ts';
import { logger } from '../../shared/observability/logger.ts';
import type { RepairCommand } from '../domain/repair.ts';
import type { RepairClient, RepairError, RepairRequest } from '../use-cases/ports.ts';

type RepairHttpRequest = {
  readonly path: string;
  readonly body: unknown;
  readonly idempotencyKey: string;
};

/** Sends repair commands to the service routes of the owning contexts. */
export class HttpRepairClient implements RepairClient {
  readonly #client: SignedClient;

  constructor(client: SignedClient) {
    this.#client = client;
  }

  async repair(order: RepairRequest): Promise<Result<{ status: string }, RepairError>> {
    const { path, body, idempotencyKey } = toHttpRequest(order);
    const { correlationId, deadline } = order;
    const response = await this.#client.send('POST', path, {
      correlationId,
      body,
      idempotencyKey,
      deadline,
    });
    if (response.status === 201) return ok({ status: 'POSTED' });
    if (response.status === 200) return ok({ status: RepairedView.parse(response.body).status });
    const { code, detail } = parseProblem(response);
    // A repeat of an invalid request would be rejected again.
    if (response.status !== 404 && response.status !== 409)
      logger.error('repair command rejected', new Error(`${response.status} ${code}`), {
        path,
        detail,
      });
    return err({ kind: 'rejected', code: code === '' ? String(response.status) : code, detail });
  }
}

/**
 * Returns the request of a command. Its key has the finding and the audited version: repeats count
 * once.
 */
function toHttpRequest({ findingId, command, by }: RepairRequest): RepairHttpRequest {
  const { action } = command;
  switch (action) {
    case 'rebuildBalance':
    case 'restoreMovements': {
      const { cell, version } = command;
      const repair =
        action === 'rebuildBalance'
          ? { action: 'rebuild', accounts: command.accounts }
          : { action: 'restore', lost: command.lost };
      return {
        path: '/repairs/cells',
        body: { findingId, version, cell, repair },
        idempotencyKey: idempotencyKeyOf(findingId, command),
      };
    }
    case 'followMovements':
    case 'releaseStock':
    case 'commitStock':
    case 'shipStock': {
      const { version, cell } = command;
      const body = {
        findingId,
        version,
        action: STOCK_ACTIONS[action],
        ...(cell === undefined ? {} : { cell }),
      };
      return {
        path: `/repairs/reservations/${command.reservationId}`,
        body,
        idempotencyKey: idempotencyKeyOf(findingId, command),
      };
    }
    case 'restoreReservation': {
      const { version, placedAt, lines } = command;
      const body = { findingId, version, action: 'restore', placedAt, lines };
      return {
        path: `/repairs/reservations/${command.reservationId}`,
        body,
        idempotencyKey: idempotencyKeyOf(findingId, command),
      };
    }
    case 'resumeOrder':
    case 'cancelOrder': {
      const body = {
        findingId,
        version: command.version,
        action: action === 'resumeOrder' ? 'resume' : 'cancel',
      };
      return {
        path: `/repairs/orders/${command.orderId}`,
        body,
        idempotencyKey: idempotencyKeyOf(findingId, command),
      };
    }
    case 'capturePayment':
    case 'reversePayment': {
      const { orderId, attempt, version } = command;
      const body = {
        findingId,
        version,
        attempt,
        action: action === 'capturePayment' ? 'capture' : 'reverse',
      };
      return {
        path: `/repairs/payments/${orderId}`,
        body,
        idempotencyKey: idempotencyKeyOf(findingId, command),
      };
    }
    case 'postCount':
      return {
        path: '/repairs/counts',
        body: { ...command.count, findingId, by },
        idempotencyKey: command.count.countId,
      };
  }
}

const STOCK_ACTIONS = {
  followMovements: 'followMovements',
  releaseStock: 'release',
  commitStock: 'commit',
  shipStock: 'ship',
} as const;

const idempotencyKeyOf = (
  findingId: string,
  command: Exclude<RepairCommand, { action: 'postCount' }>,
): string => `${findingId}-${command.action}-${command.version}`;
