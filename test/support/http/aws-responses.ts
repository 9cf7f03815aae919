import { Hono } from 'hono';
import { listen } from '../../../local/api/http-server.ts';

/**
 * Responses of CloudFormation and Cognito, written after their API references; none was recorded
 * from AWS.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
 * https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeUserPoolClient.html
 */
const XMLNS = 'http://cloudformation.amazonaws.com/doc/2010-05-15/';

const stackResponse = (
  stackName: string,
  outputs: Readonly<Record<string, string>>,
): string => `<?xml version="1.0"?>
<DescribeStacksResponse xmlns="${XMLNS}">
  <DescribeStacksResult>
    <Stacks>
      <member>
        <StackId>arn:aws:cloudformation:eu-west-1:111122223333:stack/${stackName}/aaf549a0-a413-11df-adb3-5081b3858e83</StackId>
        <StackName>${stackName}</StackName>
        <CreationTime>2026-11-30T08:00:00.000Z</CreationTime>
        <StackStatus>UPDATE_COMPLETE</StackStatus>
        <DisableRollback>false</DisableRollback>
        <Outputs>${Object.entries(outputs)
          .map(
            ([key, value]) =>
              `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`,
          )
          .join('')}</Outputs>
      </member>
    </Stacks>
  </DescribeStacksResult>
  <ResponseMetadata><RequestId>b9b4b068-3a41-11e5-94eb-example</RequestId></ResponseMetadata>
</DescribeStacksResponse>`;

const errorResponse = (code: string, message: string): string => `<ErrorResponse xmlns="${XMLNS}">
  <Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>
  <RequestId>b9b4b068-3a41-11e5-94eb-example</RequestId>
</ErrorResponse>`;

export type AwsDouble = { readonly url: string; readonly stop: () => Promise<void> };

/**
 * Starts a server that responds to DescribeStacks and DescribeUserPoolClient.
 *
 * @param stacks outputs by the name of the stack
 * @param secrets client secrets by the id of the client
 */
export async function startAwsDouble(
  stacks: Readonly<Record<string, Readonly<Record<string, string>>>>,
  secrets: Readonly<Record<string, string>> = {},
): Promise<AwsDouble> {
  const app = new Hono();
  app.post('/', async (context) => {
    const body = await context.req.text();
    if (
      context.req.header('x-amz-target') ===
      'AWSCognitoIdentityProviderService.DescribeUserPoolClient'
    ) {
      const { UserPoolId, ClientId } = JSON.parse(body) as Readonly<Record<string, string>>;
      const ClientSecret = secrets[ClientId ?? ''];
      return ClientSecret === undefined
        ? context.json(
            {
              __type: 'AccessDeniedException',
              message: 'not authorized to perform cognito-idp:DescribeUserPoolClient',
            },
            400,
          )
        : context.json({ UserPoolClient: { UserPoolId, ClientId, ClientSecret } });
    }
    const stackName = new URLSearchParams(body).get('StackName') ?? '';
    const outputs = stacks[stackName];
    const headers = { 'content-type': 'text/xml' };
    if (stackName === 'stockbook-expired-shared')
      return context.body(
        errorResponse('ExpiredToken', 'The security token included in the request is expired'),
        403,
        headers,
      );
    return outputs === undefined
      ? context.body(
          errorResponse('ValidationError', `Stack with id ${stackName} does not exist`),
          400,
          headers,
        )
      : context.body(stackResponse(stackName, outputs), 200, headers);
  });
  return listen(app.fetch as Parameters<typeof listen>[0], 0);
}
