import { isTransactional } from '../capacity/actions.ts';
import type { Consistency } from '../capacity/units.ts';
import type { DynamoDbRequest } from './proxy/protocol.ts';

/** Returns the tables that a request names. */
export function tablesOf({ body }: Pick<DynamoDbRequest, 'body'>): string[] {
  const { TableName, RequestItems, TransactItems } = body as {
    TableName?: string;
    RequestItems?: object;
    TransactItems?: readonly Readonly<Record<string, { TableName?: string }>>[];
  };
  const inActions = (TransactItems ?? []).flatMap((one) =>
    Object.values(one).map((action) => action.TableName),
  );
  return [...new Set([TableName, ...Object.keys(RequestItems ?? {}), ...inActions])].filter(
    (name) => name !== undefined,
  );
}

type ReadParameters = {
  readonly ConsistentRead?: boolean;
  readonly ProjectionExpression?: string;
  readonly AttributesToGet?: unknown;
};

/** Returns the read consistency of each table in a request for single items. */
export function consistencyByTable(incoming: DynamoDbRequest): (table: string) => Consistency {
  if (isTransactional(incoming)) return () => 'transactional';
  const { ConsistentRead, RequestItems } = incoming.body as ReadParameters & {
    RequestItems?: Readonly<Record<string, ReadParameters>>;
  };
  return (table) =>
    (RequestItems?.[table]?.ConsistentRead ?? ConsistentRead) ? 'strong' : 'eventual';
}

/** Returns whether a request asks for a part of its items only. */
export function hasProjection({ body }: DynamoDbRequest): boolean {
  const { RequestItems, TransactItems } = body as {
    RequestItems?: Readonly<Record<string, ReadParameters>>;
    TransactItems?: readonly { readonly Get?: ReadParameters }[];
  };
  const reads: readonly ReadParameters[] = [
    body as ReadParameters,
    ...Object.values(RequestItems ?? {}),
    ...(TransactItems ?? []).map(({ Get }) => Get ?? {}),
  ];
  return reads.some(
    (one) => one.ProjectionExpression !== undefined || one.AttributesToGet !== undefined,
  );
}
