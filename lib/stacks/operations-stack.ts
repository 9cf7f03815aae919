import { CfnOutput, Stack } from 'aws-cdk-lib';
import { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { ApiStage } from '../constructs/api/api-stage.ts';
import { createRouteSettingsPruner } from '../constructs/api/route-settings-pruner.ts';
import { createDeadLetterApi } from '../constructs/messaging/dead-letter-api.ts';
import { DeadLetterQueue } from '../constructs/messaging/dead-letter-queue.ts';
import { StockbookDashboard } from '../constructs/monitoring/dashboard.ts';
import { ServiceAlarms } from '../constructs/monitoring/service-alarms.ts';
import type { ContextStackProps } from './shared-stack.ts';

/** What looks at the whole: to be made when all other stacks are there. It opens the API, and watches. */
export class OperationsStack extends Stack {
  constructor(scope: Construct, id: string, { config, bundles, shared }: ContextStackProps) {
    super(scope, id, {
      description: `Stockbook ${config.stage}: the API's stage, dead letters, alarms and the dashboard`,
    });
    const { stage } = config;
    const all = this.node.root.node.findAll();
    const { apiId } = shared.api.api;
    const sagas = all.filter((found) => found instanceof StateMachine);
    const deadLetterQueues = all.filter((found) => found instanceof DeadLetterQueue);

    createDeadLetterApi(this, { config, bundles, api: shared.api, queues: deadLetterQueues });
    const pruned = createRouteSettingsPruner(this, { config, bundles, api: shared.api });
    const api = new ApiStage(this, 'Http', { api: shared.api, config });
    api.node.addDependency(pruned);
    new ServiceAlarms(this, 'Alarms', { stage, alarms: shared.alarms, apiId });
    if (config.monitoring === 'full')
      new StockbookDashboard(this, 'Overview', { stage, apiId, sagas, deadLetterQueues });
    new CfnOutput(this, 'ApiUrl', { value: api.url });
  }
}
