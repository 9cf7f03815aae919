import { checkInvariants, readSystemState } from '../../simulator/checks/invariants.ts';
import { PublishedEvents } from '../../simulator/checks/published-events.ts';
import { idealConditions } from '../../simulator/conditions.ts';
import type { Item } from '../../simulator/dynamodb/values.ts';
import { requestWithRetry } from '../../simulator/functions/retrying-client.ts';
import type { ApiRequest, ApiResponse } from '../../simulator/functions/simulated-api.ts';
import type { Call, Fault } from '../../simulator/service-calls.ts';
import type { SystemModel } from '../../simulator/system-model.ts';
import { World } from '../../simulator/world.ts';

export const STAFF = { user: 'staff' };
export const ALICE = { user: 'alice' };
export const SERVICE = { service: 'arn:aws:sts::000000000000:assumed-role/test/service' };

/** The environment of a flow: one world, its client, and the recorded requests and violations. */
export class Harness {
  readonly world: World;
  /** Values that later steps of the flow need, by name: an order's id. */
  readonly savedValues: Record<string, string> = {};
  readonly calls: Call[] = [];
  readonly injectedFaults: Fault[] = [];
  readonly #events = new PublishedEvents();
  readonly #violations: string[] = [];
  /**
   * Number of additional sends of every completed request, and of additional deliveries of every
   * message.
   */
  redeliveries = 0;
  isRecording = false;

  constructor(systemModel: SystemModel, options: { readonly recordsCallSites?: boolean } = {}) {
    this.world = new World(systemModel, idealConditions, {
      ...options,
      onCall: ({ call, fault }) => {
        if (this.isRecording) this.calls.push(call);
        if (fault !== undefined) this.injectedFaults.push(fault);
      },
      onChange: (tableName, change) => this.#events.recordChange(tableName, change),
      onEvent: ({ eventId }) => this.#events.recordPublished(eventId),
    });
  }

  /**
   * Sends a request until its response is final, then the redeliveries; each repeat must return the
   * same result.
   */
  async request<Body = Readonly<Record<string, unknown>>>(
    route: string,
    request: ApiRequest,
  ): Promise<ApiResponse<Body>> {
    const response = await requestWithRetry<Body>(this.world, route, request);
    if (!route.startsWith('GET ')) {
      for (let again = 0; again < this.redeliveries; again += 1) {
        const repeated = await requestWithRetry<Body>(this.world, route, request);
        // A repeat of a first response of 201 or 202 may be a 200.
        if (repeated.status >= 300 !== response.status >= 300)
          this.#violations.push(
            `${route} was answered ${response.status}, and its repeat ${repeated.status} ${JSON.stringify(repeated.body)}`,
          );
      }
    }
    return response;
  }

  /** Like `request`, and throws unless it succeeds. */
  async requestOk<Body = Readonly<Record<string, unknown>>>(
    route: string,
    request: ApiRequest,
  ): Promise<Body> {
    const { status, body } = await this.request<Body>(route, request);
    if (status >= 300) throw new Error(`${route} was answered ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** Injects drift: changes items without the functions. Returns the number of changed items. */
  injectDrift(
    table: string,
    wanted: (item: Item) => boolean,
    change: (item: Item) => Item | undefined,
  ): number {
    const found = [...this.world.dynamodb.tables.values()].find(({ name }) => name.includes(table));
    if (found === undefined) throw new Error(`there is no table ${table}`);
    const items = [...found.items()].filter(wanted);
    for (const item of items) found.write(item, change(item));
    return items.length;
  }

  addViolation(what: string): void {
    this.#violations.push(what);
  }

  /** Returns all violations once no work is in progress; empty for a correct end. */
  findViolations(): string[] {
    const dead = this.world.queues.deadLetters().map(({ queue, body }) => `in ${queue}: ${body}`);
    return [
      ...this.#violations,
      ...checkInvariants(readSystemState(this.world), this.world.time.now),
      ...this.#events.violations(),
      ...this.world.serverErrors,
      ...dead,
    ];
  }

  /** Returns the status of every order in the table. */
  orderStatuses(): string[] {
    return readSystemState(this.world)
      .orders.map(({ status }) => status)
      .sort();
  }
}

export type Flow = {
  readonly name: string;
  /** Set-up, in which no fault occurs. */
  readonly prepare?: (harness: Harness) => Promise<void>;
  readonly act: (harness: Harness) => Promise<void>;
  /**
   * Permitted final statuses of the orders, one list for each permitted end; undefined for a flow
   * without orders.
   */
  readonly allowedOrderStatuses?: readonly (readonly string[])[];
  /** Further checks of the end. */
  readonly check?: (harness: Harness) => Promise<void>;
};
