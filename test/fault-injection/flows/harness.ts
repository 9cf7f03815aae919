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

/** Codes of rejections that end by themselves: the client repeats the request later. */
const TEMPORARY_REJECTIONS: ReadonlySet<unknown> = new Set(['STOCK_TOO_FRAGMENTED']);

/** Environment of a flow: one world, its client, and the recorded calls and violations. */
export class Harness {
  readonly world: World;
  /** Values for later steps of the flow by name, such as the order's id. */
  readonly savedValues: Record<string, string> = {};
  readonly calls: Call[] = [];
  readonly injectedFaults: Fault[] = [];
  readonly #events = new PublishedEvents();
  readonly #violations: string[] = [];
  /**
   * Number of repeats of every completed request, and of additional deliveries of every message.
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
   * Sends a request until its response is final, then repeats it `redeliveries` times. Adds a
   * violation if a repeat has another result.
   */
  async request<Body = Readonly<Record<string, unknown>>>(
    route: string,
    request: ApiRequest,
  ): Promise<ApiResponse<Body>> {
    const response = await requestWithRetry<Body & { code?: unknown }>(this.world, route, request);
    const isTemporary = TEMPORARY_REJECTIONS.has(response.body?.code);
    if (!route.startsWith('GET ')) {
      for (let again = 0; again < this.redeliveries; again += 1) {
        const repeated = await requestWithRetry<Body>(this.world, route, request);
        // A repeat of a first response of 201 or 202 may be a 200.
        if (repeated.status >= 300 !== response.status >= 300 && !isTemporary)
          this.#violations.push(
            `${route} returned ${response.status}, but its repeat ${repeated.status} ${JSON.stringify(repeated.body)}`,
          );
      }
    }
    return response;
  }

  /** Sends a request and returns its body. Throws unless it succeeds. */
  async requestOk<Body = Readonly<Record<string, unknown>>>(
    route: string,
    request: ApiRequest,
  ): Promise<Body> {
    const { status, body } = await this.request<Body>(route, request);
    if (status >= 300) throw new Error(`${route} returned ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** Changes items without the functions. Returns the number of changed items. */
  injectDrift(
    table: string,
    matches: (item: Item) => boolean,
    change: (item: Item) => Item | undefined,
  ): number {
    const found = [...this.world.dynamodb.tables.values()].find(({ name }) => name.includes(table));
    if (found === undefined) throw new Error(`No table has a name with ${table}.`);
    const items = [...found.items()].filter(matches);
    for (const item of items) found.write(item, change(item));
    return items.length;
  }

  addViolation(what: string): void {
    this.#violations.push(what);
  }

  /** Returns all violations once no work is in progress; empty for a correct result. */
  findViolations(): string[] {
    const dead = this.world.queues
      .deadLetters()
      .map(({ queue, body }) => `dead letter in ${queue}: ${body}`);
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

/** Sequence of requests that the fault matrix repeats with a fault at each call. */
export type Flow = {
  readonly name: string;
  /** Set-up without faults. */
  readonly prepare?: (harness: Harness) => Promise<void>;
  readonly act: (harness: Harness) => Promise<void>;
  /**
   * Permitted final statuses of all orders, one list per permitted outcome. Undefined for a flow
   * without orders.
   */
  readonly allowedOrderStatuses?: readonly (readonly string[])[];
  /** Further checks of the final state. */
  readonly check?: (harness: Harness) => Promise<void>;
};
