import { type Item, toItem } from '../dynamodb/item.ts';

/** One change of a table: the item before and after it. */
export type ItemChange = { readonly before: Item | undefined; readonly after: Item | undefined };

/** A record of a stream, from Lambda's event or from GetRecords. */
export type ChangeRecord = {
  readonly eventID?: string | undefined;
  readonly eventSourceARN?: string | undefined;
  readonly dynamodb?:
    | {
        readonly Keys?: unknown;
        readonly OldImage?: unknown;
        readonly NewImage?: unknown;
        readonly SequenceNumber?: string | undefined;
        readonly ApproximateCreationDateTime?: unknown;
      }
    | undefined;
};

export const toChange = ({ dynamodb }: ChangeRecord): ItemChange => ({
  before: toStoredItem(dynamodb?.OldImage),
  after: toStoredItem(dynamodb?.NewImage),
});

// The attribute types of aws-lambda and of the streams client are not DynamoDB's own, but all three
// describe the same JSON.
export const toStoredItem = (image: unknown): Item | undefined =>
  image === undefined ? undefined : toItem(image as Parameters<typeof toItem>[0]);
