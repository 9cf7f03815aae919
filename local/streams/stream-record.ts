import type { _Record, AttributeValue } from '@aws-sdk/client-dynamodb-streams';
import { region } from '../account.ts';
import type { StreamRecord } from './stream-batch.ts';

/**
 * Converts a record of DynamoDB Streams to the form that functions receive: times in epoch seconds,
 * binaries in base64, and the ARN of the stream.
 * https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html
 */
export function toStreamRecord(record: _Record, eventSourceARN: string): StreamRecord {
  const { dynamodb = {}, userIdentity, ...rest } = record;
  const {
    Keys,
    NewImage,
    OldImage,
    ApproximateCreationDateTime: createdAt = new Date(),
    ...change
  } = dynamodb;
  return {
    sequenceNumber: dynamodb.SequenceNumber ?? '',
    createdAt: createdAt.getTime(),
    event: {
      ...rest,
      awsRegion: region(),
      dynamodb: {
        ...change,
        ApproximateCreationDateTime: Math.floor(createdAt.getTime() / 1_000),
        Keys: toItem(Keys ?? {}),
        ...(NewImage === undefined ? {} : { NewImage: toItem(NewImage) }),
        ...(OldImage === undefined ? {} : { OldImage: toItem(OldImage) }),
      },
      // Present when TTL deleted the item.
      ...(userIdentity === undefined
        ? {}
        : { userIdentity: { principalId: userIdentity.PrincipalId, type: userIdentity.Type } }),
      eventSourceARN,
    },
  };
}

const toItem = (item: Readonly<Record<string, AttributeValue>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, toWire(value)]));

function toWire(value: AttributeValue): unknown {
  if (value.M !== undefined) return { M: toItem(value.M) };
  if (value.L !== undefined) return { L: value.L.map(toWire) };
  if (value.B !== undefined) return { B: toBase64(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(toBase64) };
  // DynamoDB Local 3.3.0 omits the content of an empty map in its streams.
  return Object.keys(value).length === 0 ? { M: {} } : value;
}

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
