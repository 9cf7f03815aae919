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

/** What a flow does in, and what it leaves: one world, its client, and the account that is kept of it. */
export class Harness {
  readonly world: World;
  /** What is told apart by its name for later steps of the flow: an order's id. */
  readonly savedValues: Record<string, string> = {};
  readonly calls: Call[] = [];
  readonly injectedFaults: Fault[] = [];
  readonly #events = new PublishedEvents();
  readonly #violations: string[] = [];
  /** Every answered request is sent so many times more, and every message comes so many times more. */
  redeliveries = 0;
  isRecording = false;

  constructor(systemModel: SystemModel, options: { readonly recordsSites?: boolean } = {}) {
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

  /** A request until its answer is final, and again as often as is redelivered; each repeat must be answered in the same way. */
  async request<Body = Readonly<Record<string, unknown>>>(
    route: string,
    request: ApiRequest,
  ): Promise<ApiResponse<Body>> {
    const response = await requestWithRetry<Body>(this.world, route, request);
    if (!route.startsWith('GET ')) {
      for (let again = 0; again < this.redeliveries; again += 1) {
        const repeated = await requestWithRetry<Body>(this.world, route, request);
        // A first answer of 201 or 202 may be a 200 when it is told again.
        if (repeated.status >= 300 !== response.status >= 300)
          this.#violations.push(
            `${route} was answered ${response.status}, and its repeat ${repeated.status} ${JSON.stringify(repeated.body)}`,
          );
      }
    }
    return response;
  }

  /** As `ask`, for what has to succeed. */
  async requestOk<Body = Readonly<Record<string, unknown>>>(
    route: string,
    request: ApiRequest,
  ): Promise<Body> {
    const { status, body } = await this.request<Body>(route, request);
    if (status >= 300) throw new Error(`${route} was answered ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** Changes an item behind the functions' back: drift. Answers how many items it met. */
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

  /** Everything that is wrong with what is left when nothing is under way; empty for a good end. */
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

  /** The status of every order, as it stands in the table. */
  orderStatuses(): string[] {
    return readSystemState(this.world)
      .orders.map(({ status }) => status)
      .sort();
  }
}

export type Flow = {
  readonly name: string;
  /** What has to be there first; nothing goes wrong in it. */
  readonly prepare?: (harness: Harness) => Promise<void>;
  readonly act: (harness: Harness) => Promise<void>;
  /** What the orders may have come to, one list for each way; of a flow without orders, nothing. */
  readonly allowedOrderStatuses?: readonly (readonly string[])[];
  /** What else has to be so in the end. */
  readonly check?: (harness: Harness) => Promise<void>;
};
