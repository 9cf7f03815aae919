import { RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  HttpApi,
  HttpAuthorizer,
  HttpAuthorizerType,
  HttpMethod,
  HttpNoneAuthorizer,
  HttpRoute,
  HttpRouteKey,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { ServiceFunction } from './service-function.ts';
import type { TokenIssuer } from './token-issuer.ts';

export type Scope = 'stock.read' | 'stock.write' | 'orders' | 'orders.manage' | 'operations';
/** A token with this scope; a service that signs with IAM; or anybody. */
export type Access = Scope | 'service' | 'anybody';

/** Above what one account's functions take by default; per route in front of it stands nothing yet. */
const REQUESTS_PER_SECOND_MAX = 1_000;
const REQUESTS_BURST_MAX = 500;

/** The one HTTP API of all contexts: who may call a route is decided here, before a function runs. */
export class StockbookApi extends Construct {
  readonly url: string;
  readonly #api: HttpApi;
  readonly #issuer: TokenIssuer;
  readonly #jwt: IHttpRouteAuthorizer;

  constructor(scope: Construct, id: string, issuer: TokenIssuer) {
    super(scope, id);
    this.#issuer = issuer;
    this.#api = new HttpApi(this, 'Api', { createDefaultStage: false, apiName: 'stockbook' });
    new HttpStage(this, 'Stage', {
      httpApi: this.#api,
      autoDeploy: true,
      throttle: { rateLimit: REQUESTS_PER_SECOND_MAX, burstLimit: REQUESTS_BURST_MAX },
      accessLogSettings: {
        destination: new LogGroupLogDestination(
          new LogGroup(this, 'AccessLogs', {
            retention: RetentionDays.ONE_MONTH,
            removalPolicy: RemovalPolicy.DESTROY,
          }),
        ),
        format: AccessLogFormat.custom(
          JSON.stringify({
            requestId: '$context.requestId',
            routeKey: '$context.routeKey',
            status: '$context.status',
            latencyMilliseconds: '$context.responseLatency',
            integrationError: '$context.integrationErrorMessage',
          }),
        ),
      },
    });
    const authorizer = new HttpAuthorizer(this, 'Jwt', {
      httpApi: this.#api,
      type: HttpAuthorizerType.JWT,
      identitySource: ['$request.header.Authorization'],
      jwtIssuer: issuer.url,
      jwtAudience: [...issuer.audience],
    });
    this.#jwt = HttpAuthorizer.fromHttpAuthorizerAttributes(this, 'JwtRef', {
      authorizerId: authorizer.authorizerId,
      authorizerType: 'JWT',
    });
    this.url = this.#api.apiEndpoint;
  }

  /** A route, as a resource of the caller's stack. `route` is `<METHOD> <path>`. */
  route(scope: Construct, route: string, access: Access, handler: ServiceFunction): void {
    const [method = '', path = ''] = route.split(' ');
    const integration = new HttpLambdaIntegration(`${handler.node.id}Integration`, handler);
    new HttpRoute(scope, `${handler.node.id}Route`, {
      httpApi: this.#api,
      routeKey: HttpRouteKey.with(path, HttpMethod[method as keyof typeof HttpMethod]),
      integration,
      authorizer: this.#authorizerOf(access),
      ...(access === 'service' || access === 'anybody'
        ? {}
        : { authorizationScopes: [this.#issuer.scopeName(access)] }),
    });
  }

  /** What a caller must be allowed to invoke; `*` in the path stands for any id. */
  arnOf(route: string): string {
    const [method = '', path = ''] = route.split(' ');
    return this.#api.arnForExecuteApi(method, path, '$default');
  }

  #authorizerOf(access: Access): IHttpRouteAuthorizer {
    if (access === 'anybody') return new HttpNoneAuthorizer();
    return access === 'service' ? new HttpIamAuthorizer() : this.#jwt;
  }
}
