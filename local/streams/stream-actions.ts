import { type AwsAction, AwsFault } from '../aws-fault.ts';
import { isObject, type JsonObject } from '../json.ts';

const PREFIX = 'DynamoDBStreams_20120810';
/** DynamoDB Local requires credentials but does not check them. */
const CREDENTIAL = 'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request';

/**
 * Serves the actions of DynamoDB Streams by which functions read single records, from DynamoDB Local. Repairs its images: it writes an
 * empty map as nothing at all.
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Operations_Amazon_DynamoDB_Streams.html
 */
export function streamActions(endpoint: string): Readonly<Record<string, AwsAction>> {
  const forwarded =
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
      const answer: unknown = await response.json();
      if (!response.ok) throw faultOf(answer);
      return answer;
    };
  const getRecords = forwarded('GetRecords');
  return {
    [`${PREFIX}.DescribeStream`]: forwarded('DescribeStream'),
    [`${PREFIX}.GetShardIterator`]: forwarded('GetShardIterator'),
    [`${PREFIX}.GetRecords`]: async (request) => repairedPage(await getRecords(request)),
  };
}

function faultOf(answer: unknown): AwsFault {
  const { __type: type, message, Message } = isObject(answer) ? answer : {};
  return new AwsFault(String(type).split('#').at(-1) ?? '', String(message ?? Message));
}

const repairedPage = (page: unknown): unknown =>
  isObject(page) && Array.isArray(page.Records)
    ? { ...page, Records: page.Records.map(repairedRecord) }
    : page;

function repairedRecord(record: unknown): unknown {
  if (!isObject(record) || !isObject(record.dynamodb)) return record;
  const { NewImage, OldImage, ...place } = record.dynamodb;
  return {
    ...record,
    dynamodb: {
      ...place,
      ...(isObject(NewImage) ? { NewImage: repairedItem(NewImage) } : {}),
      ...(isObject(OldImage) ? { OldImage: repairedItem(OldImage) } : {}),
    },
  };
}

const repairedItem = (item: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(item).map(([name, value]) => [name, repairedValue(value)]));

function repairedValue(value: unknown): unknown {
  if (!isObject(value)) return value;
  if (isObject(value.M)) return { M: repairedItem(value.M) };
  if (Array.isArray(value.L)) return { L: value.L.map(repairedValue) };
  return Object.keys(value).length === 0 ? { M: {} } : value;
}
