import { startDynamoDbLocal } from '../../../local/dynamodb/dynamodb.ts';

/** Process that starts DynamoDB Local, prints its endpoint and waits until it is killed. */
const { endpoint } = await startDynamoDbLocal();
console.log(endpoint);
