import { Annotations, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import { EventBus, Match } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { Bundles } from '../bundling/bundle-lambdas.ts';
import type { Config } from '../config.ts';
import { StockbookApi } from '../constructs/api/http-api.ts';
import { createTokenIssuers } from '../constructs/api/token-issuer.ts';
import { ContextFunctions } from '../constructs/compute/context-functions.ts';
import { DeadLetterQueue } from '../constructs/messaging/dead-letter-queue.ts';
import { EventSchemaRegistry } from '../constructs/messaging/event-schema-registry.ts';
import { Alarms } from '../constructs/monitoring/alarms.ts';

export type StockbookStackProps = { readonly config: Config; readonly bundles: Bundles };
export type ContextStackProps = StockbookStackProps & { readonly shared: SharedStack };

/** Resources that the contexts share: the API with its authorizers, the bus, the alarm topic. */
export class SharedStack extends Stack {
  readonly api: StockbookApi;
  readonly bus: EventBus;
  readonly alarms: Alarms;
  readonly deadLetterQueues: readonly DeadLetterQueue[];

  constructor(scope: Construct, id: string, { config, bundles }: StockbookStackProps) {
    super(scope, id, {
      description: `Stockbook ${config.stage}: the API, the event bus and the alarms' topic`,
    });
    const topic = new Topic(this, 'Alarms', { displayName: 'Stockbook alarms', enforceSSL: true });
    if (config.alarmEmail !== undefined)
      topic.addSubscription(new EmailSubscription(config.alarmEmail));
    else if (config.isProtected)
      Annotations.of(this).addWarningV2(
        'stockbook:alarmEmail',
        `No e-mail address receives the alarms of ${config.stage}. Set alarmEmail.`,
      );
    new CfnOutput(this, 'AlarmEmail', {
      value: config.alarmEmail ?? 'none: alarms send no e-mail',
    });
    // A topic with its own policy loses the default policy of SNS, which allows the alarms of the
    // account to publish.
    // https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: {
          StringEquals: { 'aws:SourceAccount': this.account },
          ArnLike: { 'aws:SourceArn': this.#ownArn('cloudwatch', 'alarm:*') },
        },
      }),
    );
    // The rule that sends notifications of drift is in another stack: ReconciliationAlarms.
    topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { ArnLike: { 'aws:SourceArn': this.#ownArn('events', 'rule/*') } },
      }),
    );
    this.alarms = new Alarms(topic, config.monitoring);
    // Receives events that the bus cannot encrypt or decrypt, which only a customer-managed key can
    // cause.
    const failed = new DeadLetterQueue(this, 'BusFailed', {
      kind: 'bus',
      contents: 'Events that the bus could not encrypt or decrypt',
    });
    this.deadLetterQueues = [failed];
    this.bus = new EventBus(this, 'Bus', {
      description: 'Domain events of Stockbook',
      deadLetterQueue: failed,
    });
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    failed.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [failed.queueArn],
        conditions: { ArnEquals: { 'aws:SourceArn': this.bus.eventBusArn } },
      }),
    );
    const archive = this.bus.archive('Archive', {
      description: 'Every event, for a replay: docs/runbook/recovery.md',
      eventPattern: { source: Match.prefix('stockbook.') },
      retention: Duration.days(config.archiveDays),
    });
    new CfnOutput(this, 'BusArn', { value: this.bus.eventBusArn });
    new CfnOutput(this, 'ArchiveArn', { value: archive.archiveArn });
    if (config.schemaRegistry) new EventSchemaRegistry(this, 'Schemas', config.stage);

    this.api = new StockbookApi(this, 'Http', config, createTokenIssuers(this, config));
    new ContextFunctions(this, {
      config,
      bundles,
      shared: this,
      context: 'api',
      environment: { STOCKBOOK_VERSION: config.version },
    }).http('getHealth');
  }

  #ownArn(service: string, resource: string): string {
    return `arn:${this.partition}:${service}:${this.region}:${this.account}:${resource}`;
  }
}
