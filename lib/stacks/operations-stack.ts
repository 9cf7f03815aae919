import { CfnOutput, Stack } from 'aws-cdk-lib';
import { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { ApiStage } from '../constructs/api/api-stage.ts';
import { pruneRouteSettings } from '../constructs/api/route-settings.ts';
import { openDeadLetterDesk } from '../constructs/messaging/dead-letter-desk.ts';
import { DeadLetterQueue } from '../constructs/messaging/dead-letter-queue.ts';
import { StockbookDashboard } from '../constructs/monitoring/dashboard.ts';
import { ServiceAlarms } from '../constructs/monitoring/service-alarms.ts';
import type { ContextInputs } from './shared-stack.ts';

/** What looks at the whole: to be made when all other stacks are there. It opens the API, and watches. */
export class OperationsStack extends Stack {
  constructor(scope: Construct, id: string, { config, bundles, shared }: ContextInputs) {
    super(scope, id, {
      description: `Stockbook ${config.stage}: the API's stage, dead letters, alarms and the dashboard`,
    });
    const { stage } = config;
    const all = this.node.root.node.findAll();
    const { apiId } = shared.api.api;
    const sagas = all.filter((found) => found instanceof StateMachine);
    const deadLetters = all.filter((found) => found instanceof DeadLetterQueue);

    openDeadLetterDesk(this, { config, bundles, api: shared.api, queues: deadLetters });
    const pruned = pruneRouteSettings(this, { config, bundles, api: shared.api });
    const api = new ApiStage(this, 'Http', { api: shared.api, config });
    api.node.addDependency(pruned);
    new ServiceAlarms(this, 'Watch', { stage, alarms: shared.alarms, apiId });
    if (config.monitoring === 'full')
      new StockbookDashboard(this, 'Overview', { stage, apiId, sagas, deadLetters });
    new CfnOutput(this, 'ApiUrl', { value: api.url });
  }
}
