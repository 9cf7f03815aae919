import { CfnOutput, RemovalPolicy } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  ApiMapping,
  type CfnStage,
  DomainName,
  HttpStage,
  type IHttpApi,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Config } from '../config.ts';
import type { Access, StockbookApi } from './http-api.ts';

/** Requests a second, and at once. What is beyond is 429 by API Gateway before a function runs. */
type Throttle = { readonly rateLimit: number; readonly burstLimit: number };

/**
 * What one route takes of all callers together. Services have the most, for every order calls inventory; the routes of operations
 * the least, for each walks books. What one customer may hold is limited besides, by the orders themselves.
 */
const THROTTLES: Readonly<Record<Access, Throttle>> = {
  anybody: { rateLimit: 50, burstLimit: 50 },
  provider: { rateLimit: 100, burstLimit: 100 },
  orders: { rateLimit: 500, burstLimit: 250 },
  'orders.manage': { rateLimit: 100, burstLimit: 50 },
  'stock.read': { rateLimit: 500, burstLimit: 250 },
  'stock.write': { rateLimit: 200, burstLimit: 100 },
  operations: { rateLimit: 20, burstLimit: 20 },
  service: { rateLimit: 1_000, burstLimit: 500 },
};
/** The whole API: Lambda's default limit of an account is 1 000 at once. */
const THROTTLE: Throttle = { rateLimit: 1_000, burstLimit: 500 };

/**
 * What makes the API reachable: its stage, with throttles and the access log, and its own domain name if it has one. To be made when
 * all routes are there: API Gateway refuses settings of a route that it does not know.
 */
export class ApiStage extends Construct {
  readonly url: string;

  constructor(
    scope: Construct,
    id: string,
    { api, config }: { readonly api: StockbookApi; readonly config: Config },
  ) {
    super(scope, id);
    const stage = new HttpStage(this, 'Stage', {
      httpApi: api.api as IHttpApi,
      autoDeploy: true,
      throttle: THROTTLE,
      detailedMetricsEnabled: true,
      accessLogSettings: {
        destination: new LogGroupLogDestination(
          new LogGroup(this, 'AccessLogs', {
            retention: config.logRetentionDays,
            removalPolicy: RemovalPolicy.DESTROY,
          }),
        ),
        format: AccessLogFormat.custom(
          JSON.stringify({
            requestId: '$context.requestId',
            routeKey: '$context.routeKey',
            status: '$context.status',
            latencyMilliseconds: '$context.responseLatency',
            // Codes only: API Gateway puts values into the line as they are, so a quote in a message would break its JSON.
            error: '$context.error.responseType',
            integrationStatus: '$context.integrationStatus',
          }),
        ),
      },
    });
    // The CDK's stage has throttles of the whole only.
    (stage.node.defaultChild as CfnStage).routeSettings = Object.fromEntries(
      api.routes.map(({ route, access }) => {
        const { rateLimit, burstLimit } = THROTTLES[access];
        const settings = {
          ThrottlingRateLimit: rateLimit,
          ThrottlingBurstLimit: burstLimit,
          DetailedMetricsEnabled: true,
        };
        return [route, settings];
      }),
    );
    for (const { construct } of api.routes) stage.node.addDependency(construct);

    this.url = config.domain === undefined ? api.url : this.#domain(stage, api, config.domain);
  }

  #domain(
    stage: HttpStage,
    api: StockbookApi,
    { name, certificateArn }: NonNullable<Config['domain']>,
  ): string {
    const domain = new DomainName(this, 'Domain', {
      domainName: name,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
    });
    new ApiMapping(this, 'Mapping', { api: api.api as IHttpApi, domainName: domain, stage });
    new CfnOutput(this, 'DomainTarget', {
      description: `Where an alias record of ${name} has to point`,
      value: domain.regionalDomainName,
    });
    return `https://${name}`;
  }
}
