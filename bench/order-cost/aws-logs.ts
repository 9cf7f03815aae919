import type { MachineSettings, Settings } from './settings.ts';
import { sumOf, type Usage } from './usage.ts';

/**
 * Log lines that AWS writes and the local runtime does not. They have the documented format and ids
 * of realistic length.
 */
const UUID = '8f507cfc-1c22-4697-b07a-ac58fc914c95';
const bytesOf = (line: string): number => Buffer.byteLength(line);

/**
 * Prefix of each line that a function writes by `console`.
 * https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
 */
const LINE_PREFIX_BYTES = bytesOf(`2026-11-25T20:49:54.441Z\t${UUID}\tINFO\t`);
const PLATFORM_BYTES = sumOf(
  [
    `START RequestId: ${UUID} Version: $LATEST\n`,
    `END RequestId: ${UUID}\n`,
    `REPORT RequestId: ${UUID}\tDuration: 15.74 ms\tBilled Duration: 16 ms\tMemory Size: 512 MB\tMax Memory Used: 105 MB\t\n`,
  ],
  bytesOf,
);
const TRACE_BYTES = bytesOf(
  'XRAY TraceId: 1-5e34a614-10bdxmplf1fb44f07bc535a1\tSegmentId: 07f5xmpl2d1f6f85\tSampled: true\t\n',
);

/**
 * Values of realistic length.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
const ACCESS_VALUES: Readonly<Record<string, string>> = {
  requestId: 'JKJaXmPLvHcESHA=',
  status: '201',
  responseLatency: '43',
  'error.responseType': '-',
  integrationStatus: '200',
};

export const functionLogBytes = ({ invocations, logs }: Usage, { functions }: Settings): number =>
  sumOf(logs, ([functionName, { lines, bytes }]) => {
    const logsText = functions.get(functionName)?.hasTextLogs ?? true;
    return bytes + (logsText ? lines * LINE_PREFIX_BYTES : 0);
  }) +
  sumOf(invocations.values(), ({ functionName, count }) => {
    const { isTraced = false, hasTextLogs = true } = functions.get(functionName) ?? {};
    return hasTextLogs ? count * (PLATFORM_BYTES + (isTraced ? TRACE_BYTES : 0)) : 0;
  });

export function accessLogBytes({ requests }: Usage, { accessLogFormat }: Settings): number {
  if (accessLogFormat === undefined) return 0;
  return sumOf(requests, ([routeKey, { count }]) => {
    const values: Readonly<Record<string, string>> = { ...ACCESS_VALUES, routeKey };
    const line = accessLogFormat.replaceAll(/\$context\.([\w.]+)/g, (variable, name: string) => {
      const value = values[name];
      if (value === undefined)
        throw new Error(`The benchmark has no value for ${variable} in the access log.`);
      return value;
    });
    return count * bytesOf(`${line}\n`);
  });
}

/**
 * Returns the history events of a state, without its data.
 * https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html
 */
function eventsOf({ states }: MachineSettings, stateName: string): readonly string[] {
  const { type = 'Pass', waitsForToken = false } = states.get(stateName) ?? {};
  const around = (inside: readonly string[]) => [
    `${type}StateEntered`,
    ...inside,
    `${type}StateExited`,
  ];
  if (type === 'Task')
    return around([
      'TaskScheduled',
      'TaskStarted',
      ...(waitsForToken ? ['TaskSubmitted'] : []),
      'TaskSucceeded',
    ]);
  return type === 'Parallel'
    ? around(['ParallelStateStarted', 'ParallelStateSucceeded'])
    : around([]);
}

const historyLine = (type: string, machineName: string, stateName: string): string =>
  `${JSON.stringify({
    id: '12',
    type,
    details: { name: stateName, resourceType: 'lambda', resource: 'invoke' },
    previous_event_id: '11',
    event_timestamp: '1795639794441',
    execution_arn: `arn:aws:states:us-east-1:123456789012:execution:${machineName}:ord_pSnSE9mbOdmajN9--tmc-1`,
    redrive_count: '0',
  })}\n`;

export const sagaLogBytes = ({ transitions }: Usage, { machines }: Settings): number =>
  sumOf(transitions.values(), ({ machineName, stateName, count }) => {
    const machine = machines.get(machineName);
    if (machine === undefined || !machine.logsAll) return 0;
    const types = [
      ...eventsOf(machine, stateName),
      // Events of the execution, counted with its first state.
      ...(stateName === machine.startAt ? ['ExecutionStarted', 'ExecutionSucceeded'] : []),
    ];
    return count * sumOf(types, (type) => bytesOf(historyLine(type, machineName, stateName)));
  });
