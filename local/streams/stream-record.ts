import type { _Record, AttributeValue } from '@aws-sdk/client-dynamodb-streams';
import { region } from '../account.ts';
import type { StreamRecord } from './stream-batch.ts';

/**
 * A record of DynamoDB Streams as a function gets it: times in epoch seconds, binaries in base64, the stream's ARN beside it.
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
      // Who deleted the item, when it was TTL.
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
  // DynamoDB Local 3.3.0 writes an empty map into its streams as nothing at all.
  return Object.keys(value).length === 0 ? { M: {} } : value;
}

const toBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
