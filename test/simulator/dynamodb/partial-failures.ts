import type { AwsAction } from '../../../local/api/aws-server.ts';
import type { SeededRandom } from '../random.ts';
import type { Item } from './values.ts';

type Keys = { readonly Keys: readonly Item[] };
type Entries<Entry> = { readonly Entries: readonly Entry[] };

/**
 * Returns how many entries of a batch succeed: at least one entry fails, and not all if there is
 * more than one.
 */
const doneCountOf = (entries: number, random: SeededRandom): number =>
  entries === 1 ? 0 : random.nextInteger(1, entries - 1);

/** Performs a part of a batch, and returns the response for it. */
export async function performPartially(
  operation: string,
  request: unknown,
  action: AwsAction,
  random: SeededRandom,
): Promise<unknown> {
  switch (operation) {
    case 'BatchGetItem': {
      const [[table, { Keys, ...options }] = ['', { Keys: [] }]] = Object.entries(
        (request as { readonly RequestItems: Readonly<Record<string, Keys>> }).RequestItems,
      );
      const done = doneCountOf(Keys.length, random);
      const UnprocessedKeys = { [table]: { ...options, Keys: Keys.slice(done) } };
      if (done === 0) return { Responses: { [table]: [] }, UnprocessedKeys };
      const response = await action({
        RequestItems: { [table]: { ...options, Keys: Keys.slice(0, done) } },
      });
      return { ...(response as object), UnprocessedKeys };
    }
    case 'PutEvents': {
      const { Entries: all } = request as Entries<object>;
      const done = doneCountOf(all.length, random);
      const { Entries: taken = [] } =
        done === 0 ? {} : ((await action({ Entries: all.slice(0, done) })) as Entries<object>);
      const failed = all
        .slice(done)
        .map(() => ({ ErrorCode: 'ThrottlingException', ErrorMessage: 'Rate exceeded' }));
      return { FailedEntryCount: failed.length, Entries: [...taken, ...failed] };
    }
    case 'ChangeMessageVisibilityBatch':
    case 'SendMessageBatch': {
      const { Entries: all, ...queue } = request as Entries<{ readonly Id: string }>;
      const done = doneCountOf(all.length, random);
      const taken =
        done === 0
          ? { Successful: [] }
          : ((await action({ ...queue, Entries: all.slice(0, done) })) as object);
      const Failed = all
        .slice(done)
        .map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false }));
      return { ...taken, Failed };
    }
    default:
      throw new Error(`${operation} is not a batch operation.`);
  }
}
