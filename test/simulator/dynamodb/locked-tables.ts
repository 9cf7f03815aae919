import { conflictResponse } from '../service-calls.ts';
import type { VirtualTime } from '../virtual-time.ts';
import { DynamoDbError, type MemoryDynamoDb } from './memory-dynamodb.ts';
import type { Item } from './values.ts';

type WriteTarget = { readonly TableName: string; readonly Key?: Item; readonly Item?: Item };

/**
 * Locks the items of a transaction against other writes while it runs, as DynamoDB does; the table
 * in memory alone never conflicts.
 */
export class LockedTables {
  readonly #dynamodb: MemoryDynamoDb;
  readonly #time: VirtualTime;
  readonly #locked = new Set<string>();

  constructor(dynamodb: MemoryDynamoDb, time: VirtualTime) {
    this.#dynamodb = dynamodb;
    this.#time = time;
  }

  async perform(
    operation: string,
    request: unknown,
    act: () => unknown,
    milliseconds: number,
  ): Promise<unknown> {
    const ids = this.#written(operation, request);
    if (ids.some((id) => this.#locked.has(id))) {
      // The body of the response has the type that `conflictResponse` creates.
      const { __type, message, ...fields } = conflictResponse({ operation, request }).body as {
        readonly __type: string;
        readonly message: string;
      };
      throw new DynamoDbError(__type, message, fields);
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
        readonly TransactItems: readonly Readonly<Record<string, WriteTarget>>[];
      };
      return actions.flatMap((action) => Object.values(action).map((one) => this.#idOf(one)));
    }
    return /^(Put|Update|Delete)Item$/.test(operation) ? [this.#idOf(request as WriteTarget)] : [];
  }

  #idOf({ TableName, Key, Item: item }: WriteTarget): string {
    return `${TableName} ${this.#dynamodb.tables.get(TableName)?.idOf(Key ?? item ?? {})}`;
  }
}
