import type { Properties } from '../cloud-assembly/resource-types.ts';
import type { Resources } from '../cloud-assembly/resources.ts';

export type JwtAuthorizer = { readonly issuer: string; readonly audience: readonly string[] };
export type RouteAccess =
  | { readonly kind: 'none' }
  | { readonly kind: 'iam' }
  | {
      readonly kind: 'jwt';
      readonly authorizer: JwtAuthorizer;
      readonly scopes: readonly string[];
    };

export type Route = {
  readonly routeKey: string;
  readonly method: string;
  /** Segments of the path: each a literal or the name of a parameter. */
  readonly segments: readonly ({ readonly literal: string } | { readonly parameter: string })[];
  readonly access: RouteAccess;
  readonly functionArn: string;
  readonly timeoutMilliseconds: number;
};

export type RouteMatch = {
  readonly route: Route;
  readonly pathParameters: Readonly<Record<string, string>>;
};

/** https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const INTEGRATION_MILLISECONDS_MAX = 30_000;

/** Reads the routes of the only HTTP API of the templates. */
export function readRoutes(resources: Resources): readonly Route[] {
  if (resources.ofType('AWS::ApiGatewayV2::Api').length > 1) {
    throw new Error('the local runtime supports one HTTP API, but the templates have more');
  }
  const integrations = new Map(
    resources.ofType('AWS::ApiGatewayV2::Integration').map((of) => [of.name, of.properties]),
  );
  const authorizers = new Map(
    resources.ofType('AWS::ApiGatewayV2::Authorizer').map((of) => [of.name, of.properties]),
  );
  return resources.ofType('AWS::ApiGatewayV2::Route').map(({ name, properties }) => {
    const integration = integrations.get(properties.Target.replace('integrations/', ''));
    if (integration === undefined)
      throw new Error(`route ${name}: no integration ${properties.Target}`);
    return {
      ...parseRouteKey(properties.RouteKey),
      access: accessOf(name, properties, authorizers),
      functionArn: integration.IntegrationUri,
      timeoutMilliseconds: integration.TimeoutInMillis ?? INTEGRATION_MILLISECONDS_MAX,
    };
  });
}

function accessOf(
  name: string,
  {
    AuthorizationType,
    AuthorizationScopes = [],
    AuthorizerId = '',
  }: Properties<'AWS::ApiGatewayV2::Route'>,
  authorizers: ReadonlyMap<string, Properties<'AWS::ApiGatewayV2::Authorizer'>>,
): RouteAccess {
  if (AuthorizationType === 'NONE') return { kind: 'none' };
  if (AuthorizationType === 'AWS_IAM') return { kind: 'iam' };
  const jwt = authorizers.get(AuthorizerId)?.JwtConfiguration;
  if (jwt === undefined) throw new Error(`route ${name}: no authorizer ${AuthorizerId}`);
  return {
    kind: 'jwt',
    authorizer: { issuer: jwt.Issuer, audience: jwt.Audience },
    scopes: AuthorizationScopes,
  };
}

const ROUTE_KEY = /^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (\/\S*)$/;

/**
 * Parses a route key of the form `<METHOD> /path/{parameter}`. Throws for other forms (ANY,
 * $default, greedy parameters).
 */
export function parseRouteKey(routeKey: string): Pick<Route, 'routeKey' | 'method' | 'segments'> {
  const [, method, path] = ROUTE_KEY.exec(routeKey) ?? [];
  if (method === undefined || path === undefined || path.includes('+}')) {
    throw new Error(`the local runtime does not support the route key ${routeKey}`);
  }
  const segments = path.split('/').map((segment) => {
    const parameter = /^\{(.+)\}$/.exec(segment)?.[1];
    return parameter === undefined ? { literal: segment } : { parameter };
  });
  return { routeKey, method, segments };
}

/**
 * Finds the route of a request, and its path parameters. When several routes match, literals take
 * precedence over parameters.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 */
export function matchRoute(
  routes: readonly Route[],
  method: string,
  path: string,
): RouteMatch | undefined {
  const segments = path.split('/').map(decodeSegment);
  const candidates = routes.filter(
    (route) =>
      route.method === method &&
      route.segments.length === segments.length &&
      route.segments.every((part, place) =>
        'literal' in part ? part.literal === segments[place] : segments[place] !== '',
      ),
  );
  const rank = (route: Route): string =>
    route.segments.map((part) => ('literal' in part ? '0' : '1')).join('');
  const [route] = candidates.toSorted((one, other) => rank(one).localeCompare(rank(other)));
  if (route === undefined) return undefined;
  const parameters = route.segments.flatMap((part, place) =>
    'parameter' in part ? [[part.parameter, segments[place] ?? '']] : [],
  );
  return { route, pathParameters: Object.fromEntries(parameters) };
}

/** Decodes a path segment. Returns it unchanged when its encoding is invalid. */
export function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
