import { conflicting } from '../calls.ts';
import type { VirtualTime } from '../virtual-time.ts';
import { DynamoFault, type MemoryDynamoDb } from './memory-dynamodb.ts';
import type { Item } from './values.ts';

type Keyed = { readonly TableName: string; readonly Key?: Item; readonly Item?: Item };

/** Holds the items of a transaction against other writes while it is under way, as DynamoDB does; memory alone never conflicts. */
export class LockedTables {
  readonly #dynamodb: MemoryDynamoDb;
  readonly #time: VirtualTime;
  readonly #locked = new Set<string>();

  constructor(dynamodb: MemoryDynamoDb, time: VirtualTime) {
    this.#dynamodb = dynamodb;
    this.#time = time;
  }

  async act(
    operation: string,
    request: unknown,
    act: () => unknown,
    milliseconds: number,
  ): Promise<unknown> {
    const ids = this.#written(operation, request);
    if (ids.some((id) => this.#locked.has(id))) {
      // The type of an answer's body is that of what `conflicting` makes.
      const { __type, message, ...fields } = conflicting({ operation, request }).body as {
        readonly __type: string;
        readonly message: string;
      };
      throw new DynamoFault(__type, message, fields);
    }
    if (operation !== 'TransactWriteItems' || milliseconds === 0) return act();
    for (const id of ids) this.#locked.add(id);
    try {
      await this.#time.wait(milliseconds);
      return await act();
    } finally {
      for (const id of ids) this.#locked.delete(id);
    }
  }

  #written(operation: string, request: unknown): readonly string[] {
    if (operation === 'TransactWriteItems') {
      const { TransactItems: actions } = request as {
        readonly TransactItems: readonly Readonly<Record<string, Keyed>>[];
      };
      return actions.flatMap((action) => Object.values(action).map((one) => this.#idOf(one)));
    }
    return /^(Put|Update|Delete)Item$/.test(operation) ? [this.#idOf(request as Keyed)] : [];
  }

  #idOf({ TableName, Key, Item: item }: Keyed): string {
    return `${TableName} ${this.#dynamodb.tables.get(TableName)?.idOf(Key ?? item ?? {})}`;
  }
}
