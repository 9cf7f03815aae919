import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { ApiStage } from '../constructs/api/api-stage.ts';
import { createRouteSettingsPruner } from '../constructs/api/route-settings-pruner.ts';
import { createDeadLetterApi } from '../constructs/messaging/dead-letter-api.ts';
import type { DeadLetterQueue } from '../constructs/messaging/dead-letter-queue.ts';
import { StockbookDashboard } from '../constructs/monitoring/dashboard.ts';
import { ServiceAlarms } from '../constructs/monitoring/service-alarms.ts';
import type { ContextStackProps } from './shared-stack.ts';

type OperationsStackProps = ContextStackProps & {
  readonly sagas: readonly StateMachine[];
  /** Every dead-letter queue of the app. */
  readonly deadLetterQueues: readonly DeadLetterQueue[];
};

/**
 * The API's stage, the dead-letter API, alarms and the dashboard. The other stacks must have added
 * their routes to the API.
 */
export class OperationsStack extends Stack {
  constructor(
    scope: Construct,
    id: string,
    { config, bundles, shared, sagas, deadLetterQueues }: OperationsStackProps,
  ) {
    super(scope, id, {
      description: `Stockbook ${config.stage}: the API's stage, dead letters, alarms and the dashboard`,
    });
    const { stage } = config;
    const { apiId } = shared.api.api;

    createDeadLetterApi(this, { config, bundles, shared, queues: deadLetterQueues });
    const pruner = createRouteSettingsPruner(this, { config, bundles, shared });
    const api = new ApiStage(this, 'Http', { api: shared.api, config });
    api.node.addDependency(pruner);
    new ServiceAlarms(this, 'Alarms', { stage, alarms: shared.alarms, apiId });
    if (config.monitoring === 'full')
      new StockbookDashboard(this, 'Overview', { stage, apiId, sagas, deadLetterQueues });
    new CfnOutput(this, 'ApiUrl', { value: api.url });
  }
}
