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
import { CfnRecordSet } from 'aws-cdk-lib/aws-route53';
import { Construct } from 'constructs';
import { THROTTLE_OPTIONS } from '../../config/capacity.ts';
import type { Config } from '../../config.ts';
import { asInterface } from '../as-interface.ts';
import { vendedLogGroupName } from '../monitoring/vended-logs.ts';
import type { StockbookApi } from './http-api.ts';

/**
 * Stage of the API with its throttles, its access log and its own domain name, if it has one. Every
 * route must exist before: API Gateway rejects settings of an unknown route.
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
      httpApi: asInterface<IHttpApi>(api.api),
      autoDeploy: true,
      throttle: config.throttleServices,
      detailedMetricsEnabled: false,
      accessLogSettings: {
        destination: new LogGroupLogDestination(
          new LogGroup(this, 'AccessLogs', {
            logGroupName: vendedLogGroupName(config.stage, 'access'),
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
            // Codes only, because API Gateway does not escape the values: a quote in a message
            // would make the JSON invalid.
            error: '$context.error.responseType',
            integrationStatus: '$context.integrationStatus',
          }),
        ),
      },
    });
    // The construct has no throttles for single routes. Detailed metrics, which are billed as
    // custom metrics of each route, are disabled explicitly: an update that omits the setting may
    // keep it.
    (stage.node.defaultChild as CfnStage).routeSettings = Object.fromEntries(
      api.routes.map(({ routeKey, access }) => {
        const { rateLimit, burstLimit } = config[THROTTLE_OPTIONS[access]];
        const settings = {
          ThrottlingRateLimit: rateLimit,
          ThrottlingBurstLimit: burstLimit,
          DetailedMetricsEnabled: false,
        };
        return [routeKey, settings];
      }),
    );
    for (const { construct } of api.routes) stage.node.addDependency(construct);

    const { domainName, certificateArn, hostedZoneId } = config;
    this.url =
      domainName === undefined || certificateArn === undefined
        ? api.url
        : this.#createDomain(stage, api, { domainName, certificateArn, hostedZoneId });
  }

  #createDomain(
    stage: HttpStage,
    api: StockbookApi,
    {
      domainName: name,
      certificateArn,
      hostedZoneId,
    }: Record<'domainName' | 'certificateArn', string> & {
      readonly hostedZoneId: string | undefined;
    },
  ): string {
    const domain = new DomainName(this, 'Domain', {
      domainName: name,
      certificate: Certificate.fromCertificateArn(this, 'Certificate', certificateArn),
    });
    new ApiMapping(this, 'Mapping', {
      api: asInterface<IHttpApi>(api.api),
      domainName: domain,
      stage,
    });
    new CfnOutput(this, 'DomainAliasTarget', {
      description: `Target of the alias record of ${name}`,
      value: domain.regionalDomainName,
    });
    new CfnOutput(this, 'DomainHostedZoneId', {
      description: 'Hosted zone of DomainAliasTarget, for the alias record',
      value: domain.regionalHostedZoneId,
    });
    if (hostedZoneId !== undefined)
      new CfnRecordSet(this, 'Alias', {
        hostedZoneId,
        name,
        type: 'A',
        aliasTarget: {
          dnsName: domain.regionalDomainName,
          hostedZoneId: domain.regionalHostedZoneId,
        },
      });
    return `https://${name}`;
  }
}
