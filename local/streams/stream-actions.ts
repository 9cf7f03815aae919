import type { AwsAction } from '../api/aws-server.ts';
import { AwsError } from '../errors.ts';
import { isObject, type JsonObject } from '../json.ts';

const PREFIX = 'DynamoDBStreams_20120810';
/** DynamoDB Local requires credentials but does not check them. */
const CREDENTIAL = 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request';

/**
 * Creates the actions of DynamoDB Streams by which functions read single records, and serves them
 * from DynamoDB Local. Repairs its images, in which an empty map is missing.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
 */
export function streamActions(endpoint: string): Readonly<Record<string, AwsAction>> {
  const forward =
    (action: string): AwsAction =>
    async (request) => {
      const response = await fetch(endpoint, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.0',
          'x-amz-target': `${PREFIX}.${action}`,
          authorization: `${CREDENTIAL}, SignedHeaders=host, Signature=local`,
        },
        body: JSON.stringify(request),
      });
      const body: unknown = await response.json();
      if (!response.ok) throw toAwsError(body);
      return body;
    };
  const getRecords = forward('GetRecords');
  return {
    [`${PREFIX}.DescribeStream`]: forward('DescribeStream'),
    [`${PREFIX}.GetShardIterator`]: forward('GetShardIterator'),
    [`${PREFIX}.GetRecords`]: async (request) => repairPage(await getRecords(request)),
  };
}

function toAwsError(response: unknown): AwsError {
  const { __type: type, message, Message } = isObject(response) ? response : {};
  return new AwsError(String(type).split('#').at(-1) ?? '', String(message ?? Message));
}

const repairPage = (page: unknown): unknown =>
  isObject(page) && Array.isArray(page.Records)
    ? { ...page, Records: page.Records.map(repairRecord) }
    : page;

function repairRecord(record: unknown): unknown {
  if (!isObject(record) || !isObject(record.dynamodb)) return record;
  const { NewImage, OldImage, ...position } = record.dynamodb;
  return {
    ...record,
    dynamodb: {
      ...position,
      ...(isObject(NewImage) ? { NewImage: repairItem(NewImage) } : {}),
      ...(isObject(OldImage) ? { OldImage: repairItem(OldImage) } : {}),
    },
  };
}

const repairItem = (item: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, repairValue(value)]));

function repairValue(value: unknown): unknown {
  if (!isObject(value)) return value;
  if (isObject(value.M)) return { M: repairItem(value.M) };
  if (Array.isArray(value.L)) return { L: value.L.map(repairValue) };
  return Object.keys(value).length === 0 ? { M: {} } : value;
}
