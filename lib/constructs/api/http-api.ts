import { Validations } from 'aws-cdk-lib';
import {
  HttpApi,
  HttpAuthorizer,
  HttpAuthorizerType,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  type IHttpRouteAuthorizer,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import {
  type Access,
  type CallerClass,
  callerClassOf,
  isScope,
} from '../../../lambdas/contracts/access.ts';
import type { Route } from '../../../lambdas/contracts/routes/route.ts';
import { type RouteKey, routeKeyOf, routes } from '../../../lambdas/contracts/routes.ts';
import type { Config } from '../../config.ts';
import type { ServiceFunction } from '../compute/service-function.ts';
import { corsPreflightOptions } from './cors-preflight.ts';
import {
  acceptedScopesFor,
  ID_PREFIXES,
  type TokenIssuer,
  type TokenIssuers,
} from './token-issuer.ts';

/** Access without an authorizer, with the reason. */
const UNAUTHENTICATED_ACCESS: Readonly<Partial<Record<Access, string>>> = {
  public: 'The route is public by design, and its function reads no data.',
  storefront:
    'The route exists only with publicAvailability=true. Its function may only read, and returns stock levels, which the pages of a shop show to everybody.',
  provider:
    'The provider signs its messages. The function verifies the signature and reads the current state from the provider.',
};

/** The API's only stage, which has no name in a URL. */
export const API_STAGE_NAME = '$default';

type ApiRoute = {
  /** `<METHOD> <path>` */
  readonly routeKey: string;
  readonly access: Access;
  readonly construct: HttpRoute;
};

/**
 * The HTTP API of all contexts. Its authorizers decide who may call a route before a function runs.
 */
export class StockbookApi extends Construct {
  /** URL that API Gateway assigns, which the contexts use to call each other. */
  readonly url: string;
  readonly api: HttpApi;
  readonly #routes: ApiRoute[] = [];
  readonly #authorizers: Readonly<Record<CallerClass, IHttpRouteAuthorizer>>;

  constructor(
    scope: Construct,
    id: string,
    { stage, allowedOrigins }: Pick<Config, 'stage' | 'allowedOrigins'>,
    issuers: TokenIssuers,
  ) {
    super(scope, id);
    const corsPreflight = corsPreflightOptions(allowedOrigins);
    this.api = new HttpApi(this, 'Api', {
      createDefaultStage: false,
      apiName: `stockbook-${stage}`,
      ...(corsPreflight === undefined ? {} : { corsPreflight }),
    });
    this.#authorizers = {
      customer: this.#createAuthorizer('customer', issuers.customer),
      staff: this.#createAuthorizer('staff', issuers.staff),
    };
    this.url = this.api.apiEndpoint;
  }

  /** Creates a route as a resource of the caller's stack. */
  addRoute(scope: Construct, key: RouteKey, handler: ServiceFunction): void {
    const { method, path, access }: Route = routes[key];
    const integration = new HttpLambdaIntegration(
      `${handler.node.id}Integration`,
      handler.liveAlias,
    );
    const httpRoute = new HttpRoute(scope, `${handler.node.id}Route`, {
      httpApi: this.api,
      routeKey: HttpRouteKey.with(path, HttpMethod[method]),
      integration,
      authorizer: this.#authorizerOf(access),
      ...(isScope(access) ? { authorizationScopes: [...acceptedScopesFor(access)] } : {}),
    });
    const open = UNAUTHENTICATED_ACCESS[access];
    if (open !== undefined)
      Validations.of(httpRoute).acknowledge({ id: 'AwsSolutions-APIG4', reason: open });
    handler.enableActiveTracing();
    this.#routes.push({ routeKey: routeKeyOf({ method, path }), access, construct: httpRoute });
  }

  /** Routes created so far, with the access of each. */
  get routes(): readonly ApiRoute[] {
    return this.#routes;
  }

  /**
   * Returns the ARN that a caller of the route must be allowed to invoke. `ids` has a pattern of
   * the ids in the path by the name of their parameter; any id is allowed by default.
   */
  executeApiArn(key: RouteKey, ids: Readonly<Record<string, string>> = {}): string {
    const { method, path } = routes[key];
    const pattern = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => ids[name] ?? '*');
    return this.api.arnForExecuteApi(method, pattern, API_STAGE_NAME);
  }

  #authorizerOf(access: Access): IHttpRouteAuthorizer {
    if (UNAUTHENTICATED_ACCESS[access] !== undefined) return new HttpNoneAuthorizer();
    return isScope(access) ? this.#authorizers[callerClassOf(access)] : new HttpIamAuthorizer();
  }

  /** Creates the authorizer that accepts the tokens of one class of callers. */
  #createAuthorizer(caller: CallerClass, { url, audience }: TokenIssuer): IHttpRouteAuthorizer {
    const id = `${ID_PREFIXES[caller]}Jwt`;
    const { authorizerId } = new HttpAuthorizer(this, id, {
      httpApi: this.api,
      type: HttpAuthorizerType.JWT,
      identitySource: ['$request.header.Authorization'],
      jwtIssuer: url,
      jwtAudience: [...audience],
    });
    return HttpAuthorizer.fromHttpAuthorizerAttributes(this, `${id}Ref`, {
      authorizerId,
      authorizerType: 'JWT',
    });
  }
}
