import { arnOf } from '../account.ts';
import type { Observation, Observer } from '../functions/observation.ts';
import type { AlarmDefinition } from './alarm-definitions.ts';
import { AlarmState } from './alarm-state.ts';
import { type Alert, createAlert } from './alert.ts';
import { type DataPoint, type Metric, metricKey } from './metric.ts';

/** Creates an observer that evaluates alarms and raises an alert when one changes to ALARM. */
export function observeAlarms(
  definitions: readonly AlarmDefinition[],
  raise: (alert: Alert) => void,
): Observer {
  const alarms = definitions.map((definition) => ({
    definition,
    state: new AlarmState(definition.settings),
  }));
  const alarmsByMetric = Map.groupBy(alarms, ({ definition }) => definition.metricKey);
  return (seen) => {
    const measured = measurementOf(seen);
    if (measured === undefined) return;
    for (const { definition, state } of alarmsByMetric.get(metricKey(measured)) ?? [])
      if (state.add(measured)) raise(createAlert('alarm', definition.title, definition.text));
  };
}

const EXECUTION_METRICS = {
  FAILED: 'ExecutionsFailed',
  TIMED_OUT: 'ExecutionsTimedOut',
} as const;

/** Returns the data point that CloudWatch would receive, or undefined for other observations. */
function measurementOf(seen: Observation): (Metric & DataPoint) | undefined {
  const counted = { value: 1, at: Date.now() };
  switch (seen.kind) {
    case 'metric':
      return seen;
    case 'invocation':
      if (seen.isOk) return undefined;
      return {
        namespace: 'AWS/Lambda',
        name: 'Errors',
        dimensions: { FunctionName: seen.functionName },
        ...counted,
      };
    case 'failedExecution':
      return {
        namespace: 'AWS/States',
        name: EXECUTION_METRICS[seen.status],
        dimensions: { StateMachineArn: arnOf('states', `stateMachine:${seen.machineName}`) },
        ...counted,
      };
    default:
      return undefined;
  }
}
