import path from 'node:path';
import { createGateway } from '../../local/api/gateway.ts';
import { listen } from '../../local/api/http-server.ts';
import { readRoutes } from '../../local/api/routes.ts';
import { ISSUER_SERVER } from '../../local/api/token-issuer.ts';
import { readCloudAssembly } from '../../local/cloud-assembly/cloud-assembly.ts';
import { createResourceNames } from '../../local/cloud-assembly/resource-names.ts';
import { loadResources } from '../../local/cloud-assembly/resources.ts';
import { createFunctionSet } from '../../local/functions/function-set.ts';

/** Serves the API on the shared table in a process that may be killed at any moment. */
const [assembly = '', dynamodbEndpoint = '', awsEndpoint = '', logs = '', number = ''] =
  process.argv.slice(2);
const stacks = readCloudAssembly(assembly, { [ISSUER_SERVER]: awsEndpoint });
const resources = loadResources(
  stacks,
  createResourceNames(stacks, { api: 'http://nowhere', sqs: 'http://nowhere' }),
);
const { invoke, principals } = createFunctionSet(resources, stacks, {
  logDirectory: path.join(logs, number),
  environment: {
    AWS_ENDPOINT_URL: awsEndpoint,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodbEndpoint,
  },
});
const api = {
  id: resources.ofType('AWS::ApiGatewayV2::Api')[0]?.name ?? '',
  routes: readRoutes(resources),
  principals,
  invoke,
};
const gateway = await listen(createGateway(() => api).fetch as Parameters<typeof listen>[0], 0);
process.send?.(gateway.url);
// The parent process is gone, so no request will arrive.
process.on('disconnect', () => process.exit());
