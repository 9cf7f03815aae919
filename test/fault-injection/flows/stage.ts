import type { Blueprint } from '../../simulator/blueprint.ts';
import type { Call, Fault } from '../../simulator/calls.ts';
import { EventsKept } from '../../simulator/checks/events-kept.ts';
import { booksOf, violationsOf } from '../../simulator/checks/invariants.ts';
import { smoothConditions } from '../../simulator/conditions.ts';
import type { Item } from '../../simulator/dynamodb/values.ts';
import type { Asked, Response } from '../../simulator/functions/api.ts';
import { ask } from '../../simulator/functions/client.ts';
import { World } from '../../simulator/world.ts';

export const STAFF = { user: 'staff' };
export const ALICE = { user: 'alice' };
export const SERVICE = { service: 'arn:aws:sts::000000000000:assumed-role/test/service' };

/** What a flow does in, and what it leaves: one world, its client, and the account that is kept of it. */
export class Stage {
  readonly world: World;
  /** What is told apart by its name for later steps of the flow: an order's id. */
  readonly noted: Record<string, string> = {};
  readonly calls: Call[] = [];
  readonly faults: Fault[] = [];
  readonly #events = new EventsKept();
  readonly #complaints: string[] = [];
  /** Every answered request is sent so many times more, and every message comes so many times more. */
  redeliveries = 0;
  isRecording = false;

  constructor(blueprint: Blueprint, options: { readonly recordsSites?: boolean } = {}) {
    this.world = new World(blueprint, smoothConditions, {
      ...options,
      onCall: ({ call, fault }) => {
        if (this.isRecording) this.calls.push(call);
        if (fault !== undefined) this.faults.push(fault);
      },
      onChange: (tableName, change) => this.#events.changed(tableName, change),
      onEvent: ({ eventId }) => this.#events.told(eventId),
    });
  }

  /** A request until its answer is final, and again as often as is redelivered; each repeat must be answered in the same way. */
  async ask<Body = Readonly<Record<string, unknown>>>(
    route: string,
    asked: Asked,
  ): Promise<Response<Body>> {
    const answer = await ask<Body>(this.world, route, asked);
    if (!route.startsWith('GET ')) {
      for (let again = 0; again < this.redeliveries; again += 1) {
        const repeated = await ask<Body>(this.world, route, asked);
        // A first answer of 201 or 202 may be a 200 when it is told again.
        if (repeated.status >= 300 !== answer.status >= 300)
          this.#complaints.push(
            `${route} was answered ${answer.status}, and its repeat ${repeated.status} ${JSON.stringify(repeated.body)}`,
          );
      }
    }
    return answer;
  }

  /** As `ask`, for what has to succeed. */
  async do<Body = Readonly<Record<string, unknown>>>(route: string, asked: Asked): Promise<Body> {
    const { status, body } = await this.ask<Body>(route, asked);
    if (status >= 300) throw new Error(`${route} was answered ${status} ${JSON.stringify(body)}`);
    return body;
  }

  /** Changes an item behind the functions' back: drift. Answers how many items it met. */
  drift(
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

  complain(what: string): void {
    this.#complaints.push(what);
  }

  /** Everything that is wrong with what is left when nothing is under way; empty for a good end. */
  verdict(): string[] {
    const dead = this.world.queues.deadLetters().map(({ queue, body }) => `in ${queue}: ${body}`);
    return [
      ...this.#complaints,
      ...violationsOf(booksOf(this.world), this.world.time.now),
      ...this.#events.violations(),
      ...this.world.serverErrors,
      ...dead,
    ];
  }

  /** The status of every order, as it stands in the table. */
  statuses(): string[] {
    return booksOf(this.world)
      .orders.map(({ status }) => status)
      .sort();
  }
}

export type Flow = {
  readonly name: string;
  /** What has to be there first; nothing goes wrong in it. */
  readonly prepare?: (stage: Stage) => Promise<void>;
  readonly act: (stage: Stage) => Promise<void>;
  /** What the orders may have come to, one list for each way; of a flow without orders, nothing. */
  readonly ends?: readonly (readonly string[])[];
  /** What else has to be so in the end. */
  readonly check?: (stage: Stage) => Promise<void>;
};
