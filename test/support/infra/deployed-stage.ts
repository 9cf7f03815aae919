import {
  CloudFormationClient,
  DescribeStacksCommand,
  GetTemplateCommand,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';

/** The contexts of Stockbook, each of which is a stack. */
const CONTEXTS = [
  'shared',
  'inventory',
  'payments',
  'orders',
  'reconciliation',
  'operations',
] as const;

/** Resources of a deployed stage that the tests use besides its API. */
export type DeployedStage = {
  readonly stage: string;
  /** Names of the tables, by context. */
  readonly tables: Readonly<Record<string, string>>;
  /** Names of the functions' log groups, by function: `<context>/<construct>`. */
  readonly logGroups: Readonly<Record<string, string>>;
  readonly routes: readonly Route[];
  /** Start of the tests, in epoch milliseconds. Older log lines are not read. */
  readonly startedAt: number;
};

export type Route = {
  /** `<METHOD> <path>` */
  readonly routeKey: string;
  /** `public`, `service` (a request that is signed with SigV4), or the scopes of a token. */
  readonly access: string;
};

type Resource = {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>> | undefined;
};
type Resources = Readonly<Record<string, Resource>>;

export const REGION = process.env.AWS_REGION ?? 'us-east-1';

/**
 * Reads the stacks of a stage from CloudFormation, with the credentials, the region and the
 * endpoint of the environment. Throws when a stack does not exist.
 */
export async function readDeployedStage(stage: string): Promise<DeployedStage> {
  const client = new CloudFormationClient({ region: REGION });
  const tables: Record<string, string> = {};
  const logGroups: Record<string, string> = {};
  const routes: Route[] = [];
  for (const context of CONTEXTS) {
    const StackName = `stockbook-${stage}-${context}`;
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
    for (const { OutputKey = '', OutputValue = '' } of stack?.Outputs ?? [])
      if (/^Table[A-Z]/.test(OutputKey))
        tables[OutputKey.slice('Table'.length).toLowerCase()] = OutputValue;

    const { TemplateBody = '{}' } = await client.send(new GetTemplateCommand({ StackName }));
    const { Resources: resources } = JSON.parse(TemplateBody) as { readonly Resources: Resources };
    routes.push(...routesOf(resources));

    const names = new Map<string, string>();
    for await (const page of paginateListStackResources({ client }, { StackName }))
      for (const {
        LogicalResourceId = '',
        PhysicalResourceId = '',
      } of page.StackResourceSummaries ?? [])
        names.set(LogicalResourceId, PhysicalResourceId);
    for (const [construct, group] of jsonLogGroupsOf(resources))
      logGroups[`${context}/${construct}`] = names.get(group) ?? '';
  }
  client.destroy();
  return { stage, tables, logGroups, routes, startedAt: Date.now() };
}

/**
 * Routes of templates. A scope is listed once, without the identifier that Cognito puts before it.
 */
export function routesOf(resources: Resources): readonly Route[] {
  return Object.values(resources).flatMap(({ Type, Properties = {} }) => {
    if (Type !== 'AWS::ApiGatewayV2::Route') return [];
    const { RouteKey, AuthorizationType, AuthorizationScopes = [] } = Properties;
    const forms = (AuthorizationScopes as readonly string[]).map((scope) =>
      scope.replace(/^.*\//, ''),
    );
    const scopes = [...new Set(forms)];
    const access =
      AuthorizationType === 'AWS_IAM'
        ? 'service'
        : AuthorizationType === 'NONE'
          ? 'public'
          : scopes.join(' ');
    return [{ routeKey: String(RouteKey), access }];
  });
}

/**
 * Constructs of a template's functions that log as JSON, each with the logical id of its log group.
 */
function jsonLogGroupsOf(
  resources: Resources,
): readonly (readonly [construct: string, group: string])[] {
  return Object.entries(resources).flatMap(([logicalId, { Type, Properties = {} }]) => {
    if (Type !== 'AWS::Lambda::Function') return [];
    const { LogFormat, LogGroup } = (Properties.LoggingConfig ?? {}) as {
      readonly LogFormat?: string;
      readonly LogGroup?: { readonly Ref?: string };
    };
    if (LogFormat !== 'JSON' || LogGroup?.Ref === undefined) return [];
    // The CDK ends a logical id with eight hexadecimal digits.
    return [[logicalId.slice(0, -8), LogGroup.Ref] as const];
  });
}
