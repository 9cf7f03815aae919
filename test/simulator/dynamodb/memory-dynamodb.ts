import type * as z from 'zod/mini';
import type { AwsAction } from '../../../local/api/aws-server.ts';
import type { TableProperties } from '../../../local/cloud-assembly/property-schemas.ts';
import { AwsError } from '../../../local/errors.ts';
import { applyUpdate, isConditionMet } from './evaluate.ts';
import type { Condition, Names, Values } from './expression.ts';
import { parseCondition, parseUpdate } from './parse-expression.ts';
import { readPage } from './read-page.ts';
import { BatchGet, Delete, Get, Put, parseRequest, TransactWrite, Update } from './requests.ts';
import { type ItemChange, Table } from './table.ts';
import type { Item } from './values.ts';

type PlannedWrite = {
  readonly table: Table;
  readonly key: Item;
  readonly condition: Condition | undefined;
  readonly returnsOldImage: boolean;
  /** Returns the item after the write; `before` is the current item. */
  readonly after: (before: Item | undefined) => Item | undefined;
};
type CancellationReason = {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: Item;
};

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html */
const ACTIONS_MAX = 100;
const KEYS_MAX = 100;
const TOKEN_MILLISECONDS = 10 * 60 * 1_000;
const CONDITION_FAILED = 'The conditional request failed';

/** An error of DynamoDB whose response has more fields than its message. */
export class DynamoDbError extends AwsError {
  readonly fields: object;

  constructor(type: string, message: string, fields: object = {}) {
    super(type, message);
    this.fields = fields;
  }
}

type OnTableChange = (tableName: string, change: ItemChange) => void;

/**
 * The parts of DynamoDB that Stockbook uses, in memory: conditions, updates, transactions with
 * their reasons and tokens, indexes, scans in segments, streams. It responds as DynamoDB does (a
 * differential test compares it with DynamoDB Local) and throws for anything it does not support.
 * Reads are always consistent and indexes never lag.
 */
export class MemoryDynamoDb {
  readonly tables: ReadonlyMap<string, Table>;
  readonly #now: () => number;
  readonly #tokens = new Map<string, { readonly request: string; readonly until: number }>();

  constructor(
    tables: readonly { readonly name: string; readonly properties: TableProperties }[],
    now: () => number,
    onChange: OnTableChange = () => undefined,
  ) {
    this.tables = new Map(
      tables.map(({ name, properties }) => {
        const table = new Table(name, properties);
        table.subscribe((change) => onChange(name, change));
        return [name, table];
      }),
    );
    this.#now = now;
  }

  readonly actions: Readonly<Record<string, AwsAction>> = {
    'DynamoDB_20120810.GetItem': (request) => {
      const { TableName, Key } = parseRequest(Get, request);
      const found = this.#table(TableName).get(Key);
      return found === undefined ? {} : { Item: found };
    },
    'DynamoDB_20120810.BatchGetItem': (request) => {
      const { RequestItems } = parseRequest(BatchGet, request);
      const keys = Object.values(RequestItems).reduce((sum, { Keys }) => sum + Keys.length, 0);
      if (keys === 0 || keys > KEYS_MAX)
        throw new AwsError(
          'ValidationException',
          'Too many or no items requested for the BatchGetItem call',
        );
      const responses = Object.entries(RequestItems).map(([name, { Keys }]) => {
        const table = this.#table(name);
        if (new Set(Keys.map((key) => table.idOf(key))).size < Keys.length)
          throw new AwsError(
            'ValidationException',
            'Provided list of item keys contains duplicates',
          );
        return [
          name,
          Keys.map((key) => table.get(key)).filter((found) => found !== undefined),
        ] as const;
      });
      return { Responses: Object.fromEntries(responses), UnprocessedKeys: {} };
    },
    'DynamoDB_20120810.PutItem': (request) => this.#write(this.#put(parseRequest(Put, request))),
    'DynamoDB_20120810.UpdateItem': (request) =>
      this.#write(this.#update(parseRequest(Update, request))),
    'DynamoDB_20120810.DeleteItem': (request) =>
      this.#write(this.#delete(parseRequest(Delete, request))),
    'DynamoDB_20120810.Query': (request) => readPage('query', request, (name) => this.#table(name)),
    'DynamoDB_20120810.Scan': (request) => readPage('scan', request, (name) => this.#table(name)),
    'DynamoDB_20120810.TransactWriteItems': (request) => this.#transact(request),
  };

  #write(write: PlannedWrite): object {
    const before = write.table.get(write.key);
    if (write.condition !== undefined && !isConditionMet(write.condition, before)) {
      const old = write.returnsOldImage && before !== undefined ? { Item: before } : {};
      throw new DynamoDbError('ConditionalCheckFailedException', CONDITION_FAILED, old);
    }
    write.table.write(write.key, write.after(before));
    return {};
  }

  #transact(request: unknown): object {
    const { ClientRequestToken: token, TransactItems: actions } = parseRequest(
      TransactWrite,
      request,
    );
    if (actions.length === 0 || actions.length > ACTIONS_MAX)
      throw new AwsError('ValidationException', `A transaction has 1 to ${ACTIONS_MAX} actions`);
    const writes = actions.map((action) => this.#planAction(action));
    const ids = writes.map(({ table, key }) => `${table.name}\u0000${table.idOf(key)}`);
    if (new Set(ids).size < ids.length) {
      throw new AwsError(
        'ValidationException',
        'Transaction request cannot include multiple operations on one item',
      );
    }
    const body = JSON.stringify(actions);
    const earlier = token === undefined ? undefined : this.#tokens.get(token);
    if (earlier !== undefined && earlier.until > this.#now()) {
      if (earlier.request === body) return {};
      throw new AwsError(
        'IdempotentParameterMismatchException',
        'The parameters differ from those of the first request with this token',
      );
    }
    const planned = writes.map(planWrite);
    if (planned.some(({ reason }) => reason.Code !== 'None')) {
      const codes = planned.map(({ reason }) => reason.Code).join(', ');
      throw new DynamoDbError(
        'TransactionCanceledException',
        `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`,
        { CancellationReasons: planned.map(({ reason }) => reason) },
      );
    }
    for (const [index, { table, key }] of writes.entries()) {
      const plan = planned[index];
      if (plan !== undefined && !plan.isCheck) table.write(key, plan.after);
    }
    if (token !== undefined)
      this.#tokens.set(token, { request: body, until: this.#now() + TOKEN_MILLISECONDS });
    return {};
  }

  #planAction(
    action: z.infer<typeof TransactWrite>['TransactItems'][number],
  ): PlannedWrite & { readonly isCheck?: true } {
    if (action.Put) return this.#put(action.Put);
    if (action.Update) return this.#update(action.Update);
    if (action.Delete) return this.#delete(action.Delete);
    if (action.ConditionCheck)
      return {
        ...this.#withCondition(action.ConditionCheck, action.ConditionCheck.Key),
        isCheck: true,
        after: (before) => before,
      };
    throw new AwsError('ValidationException', 'A transaction has an action without an operation');
  }

  #put(put: z.infer<typeof Put>): PlannedWrite {
    const table = this.#table(put.TableName);
    return { ...this.#withCondition(put, table.keyOf(put.Item)), after: () => put.Item };
  }

  #update(update: z.infer<typeof Update>): PlannedWrite {
    const { UpdateExpression: text, ExpressionAttributeNames, ExpressionAttributeValues } = update;
    const parsed = parseUpdate(text, ExpressionAttributeNames, ExpressionAttributeValues);
    return {
      ...this.#withCondition(update, update.Key),
      after: (before) => applyUpdate(parsed, before ?? update.Key),
    };
  }

  #delete(from: z.infer<typeof Delete>): PlannedWrite {
    return { ...this.#withCondition(from, from.Key), after: () => undefined };
  }

  #withCondition(
    given: {
      readonly TableName: string;
      readonly ConditionExpression?: string | undefined;
      readonly ExpressionAttributeNames?: Names | undefined;
      readonly ExpressionAttributeValues?: Values | undefined;
      readonly ReturnValuesOnConditionCheckFailure?: string | undefined;
    },
    key: Item,
  ): Omit<PlannedWrite, 'after'> {
    const table = this.#table(given.TableName);
    if (Object.keys(table.keyOf(key)).length !== table.keyNames.length)
      throw new AwsError('ValidationException', 'One of the required keys was not given a value');
    const { ConditionExpression: text } = given;
    return {
      table,
      key: table.keyOf(key),
      condition:
        text === undefined
          ? undefined
          : parseCondition(text, given.ExpressionAttributeNames, given.ExpressionAttributeValues),
      returnsOldImage: given.ReturnValuesOnConditionCheckFailure === 'ALL_OLD',
    };
  }

  #table(name: string): Table {
    const table = this.tables.get(name);
    if (table === undefined)
      throw new AwsError(
        'ResourceNotFoundException',
        'Cannot do operations on a non-existent table',
      );
    return table;
  }
}

function planWrite(write: PlannedWrite & { readonly isCheck?: true }) {
  const before = write.table.get(write.key);
  const isCheck = write.isCheck === true;
  const failed = (reason: CancellationReason) => ({ reason, isCheck, after: undefined });
  if (write.condition !== undefined && !isConditionMet(write.condition, before)) {
    const old = write.returnsOldImage && before !== undefined ? { Item: before } : {};
    return failed({ Code: 'ConditionalCheckFailed', Message: CONDITION_FAILED, ...old });
  }
  // An update that cannot be made rejects the whole request, as in DynamoDB Local; AWS documents it
  // as a reason, ValidationError.
  return { reason: { Code: 'None' } as CancellationReason, isCheck, after: write.after(before) };
}
