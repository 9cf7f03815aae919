import type { Saga } from '../../../lambdas/orders/domain/order.ts';
import type {
  Hold,
  InventoryClient,
  SagaCallback,
  SagaInput,
  Sagas,
} from '../../../lambdas/orders/use-cases/ports.ts';
import { ok } from '../../../lambdas/shared/core/result.ts';
import { EXPIRES_AT } from './orders.ts';

type InventoryRequests = {
  readonly [Name in keyof InventoryClient]: Parameters<InventoryClient[Name]>[0][];
};
type InventoryResponses = {
  [Name in keyof InventoryClient]: () => ReturnType<InventoryClient[Name]>;
};

export const aHold = (overrides: Partial<Hold> = {}): Hold => ({
  status: 'HELD',
  expiresAt: EXPIRES_AT,
  lines: [],
  ...overrides,
});

/**
 * Fake inventory client: grants every request unless a response is set, and records the requests.
 */
export class FakeInventory implements InventoryClient {
  readonly requests: InventoryRequests = { reserve: [], extend: [], release: [] };
  readonly responses: InventoryResponses = {
    reserve: async () => ok(aHold()),
    extend: async () => ok(aHold({ expiresAt: '2026-01-01T12:25:00.000Z' })),
    release: async () => ok(undefined),
  };

  constructor(responses: Partial<InventoryResponses> = {}) {
    Object.assign(this.responses, responses);
  }

  reserve(request: Parameters<InventoryClient['reserve']>[0]) {
    this.requests.reserve.push(request);
    return this.responses.reserve();
  }

  extend(request: Parameters<InventoryClient['extend']>[0]) {
    this.requests.extend.push(request);
    return this.responses.extend();
  }

  release(request: Parameters<InventoryClient['release']>[0]) {
    this.requests.release.push(request);
    return this.responses.release();
  }
}

/** Records every start. Starts with the same name count as one execution. */
export class FakeSagas implements Sagas {
  readonly starts: { readonly saga: Saga; readonly input: SagaInput }[] = [];
  /** Runs once before the next start. It throws for a crash. */
  beforeStart: (() => unknown) | undefined;

  async start(saga: Saga, input: SagaInput): Promise<void> {
    const interfere = this.beforeStart;
    this.beforeStart = undefined;
    await interfere?.();
    this.starts.push({ saga, input });
  }

  get executions(): string[] {
    return [...new Set(this.starts.map(({ saga }) => saga.name))];
  }
}

export class FakeSagaCallback implements SagaCallback {
  readonly reports: string[] = [];

  async reportStockCommitted(taskToken: string): Promise<void> {
    this.reports.push(`${taskToken}: committed`);
  }

  async reportStockCommitFailed(taskToken: string, code: string): Promise<void> {
    this.reports.push(`${taskToken}: failed, ${code}`);
  }
}
