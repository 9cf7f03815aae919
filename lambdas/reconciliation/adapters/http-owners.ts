import { RepairedView } from '../../contracts/repair-api.ts';
import { accepted, type Result, refused } from '../../shared/core/result.ts';
import { problemIn, type SignedClient } from '../../shared/http/signed-client.ts';
import { log } from '../../shared/observability/logger.ts';
import type { RepairCommand } from '../domain/repair.ts';
import type { Owners, RepairOrder, RepairRefusal } from '../use-cases/ports.ts';

type Request = { readonly path: string; readonly body: unknown; readonly key: string };

/** The repair commands of the owning contexts, over their service routes. */
export class HttpOwners implements Owners {
  readonly #client: SignedClient;

  constructor(client: SignedClient) {
    this.#client = client;
  }

  async repair(order: RepairOrder): Promise<Result<{ status: string }, RepairRefusal>> {
    const { path, body, key } = requestOf(order);
    const { correlationId, deadline } = order;
    const answer = await this.#client.send('POST', path, { correlationId, body, key, deadline });
    if (answer.status === 201) return accepted({ status: 'POSTED' });
    if (answer.status === 200) return accepted({ status: RepairedView.parse(answer.body).status });
    const { code, detail } = problemIn(answer);
    // Repeating a request that its owner does not accept would be rejected again.
    if (answer.status !== 404 && answer.status !== 409)
      log.error('repair command not accepted', new Error(`${answer.status} ${code}`), {
        path,
        detail,
      });
    return refused({ kind: 'refused', code: code === '' ? String(answer.status) : code, detail });
  }
}

/** The key has the finding and the version in it: one repair of what was audited, however often it is sent. */
function requestOf({ findingId, command, by }: RepairOrder): Request {
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
        key: keyOf(findingId, command),
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
        key: keyOf(findingId, command),
      };
    }
    case 'restoreReservation': {
      const { version, placedAt, lines } = command;
      const body = { findingId, version, action: 'restore', placedAt, lines };
      return {
        path: `/repairs/reservations/${command.reservationId}`,
        body,
        key: keyOf(findingId, command),
      };
    }
    case 'resumeOrder':
    case 'cancelOrder': {
      const body = {
        findingId,
        version: command.version,
        action: action === 'resumeOrder' ? 'resume' : 'cancel',
      };
      return { path: `/repairs/orders/${command.orderId}`, body, key: keyOf(findingId, command) };
    }
    case 'capturePayment':
    case 'returnPayment': {
      const { orderId, attempt, version } = command;
      const body = {
        findingId,
        version,
        attempt,
        action: action === 'capturePayment' ? 'capture' : 'return',
      };
      return { path: `/repairs/payments/${orderId}`, body, key: keyOf(findingId, command) };
    }
    case 'postCount':
      return {
        path: '/repairs/counts',
        body: { ...command.count, findingId, by },
        key: command.count.countId,
      };
  }
}

const STOCK_ACTIONS = {
  followMovements: 'follow',
  releaseStock: 'release',
  commitStock: 'commit',
  shipStock: 'ship',
} as const;

const keyOf = (
  findingId: string,
  command: Exclude<RepairCommand, { action: 'postCount' }>,
): string => `${findingId}-${command.action}-${command.version}`;
