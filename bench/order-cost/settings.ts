import type { Stack } from '../../local/cloud-assembly/cloud-assembly.ts';
import { createResourceNames } from '../../local/cloud-assembly/resource-names.ts';
import { loadResources } from '../../local/cloud-assembly/resources.ts';
import { ARCHITECTURE, DEFAULT_TRACED_SHARE } from './prices.ts';

export type FunctionSettings = {
  readonly memoryMegabytes: number;
  readonly isTraced: boolean;
  /**
   * True for text logs, with Lambda's prefix before each line and its lines around each invocation;
   * false for JSON, which has only the lines themselves.
   */
  readonly hasTextLogs: boolean;
};
export type StateSettings = { readonly type: string; readonly waitsForToken: boolean };
export type MachineSettings = {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, StateSettings>;
  readonly logsAll: boolean;
  readonly isTraced: boolean;
};

/** Settings of the templates for everything that an order uses. */
export type Settings = {
  /** By function name. */
  readonly functions: ReadonlyMap<string, FunctionSettings>;
  readonly machines: ReadonlyMap<string, MachineSettings>;
  readonly accessLogFormat: string | undefined;
  readonly isArchived: boolean;
  /** Share of requests that are traced. */
  readonly tracedShare: number;
  /** Maximum number of records in a batch, by the function that receives it. */
  readonly batchSizes: Readonly<Record<string, number>>;
};

type RawProperties = Readonly<Record<string, unknown>>;
const propertyOf = (of: unknown, name: string): unknown =>
  typeof of === 'object' && of !== null ? (of as RawProperties)[name] : undefined;

/**
 * Reads the settings of the functions. Throws for settings that the prices and the model of logs do
 * not cover.
 */
export function readSettings(stacks: readonly Stack[]): Settings {
  const resources = loadResources(stacks, createResourceNames(stacks, { api: '', sqs: '' }));
  const functions = new Map(
    resources.ofType('AWS::Lambda::Function').map(({ name, properties }) => {
      const { Architectures, MemorySize, TracingConfig, LoggingConfig } =
        properties as RawProperties;
      if (String(Architectures) !== ARCHITECTURE)
        throw new Error(`${name} runs on ${Architectures}, for which the benchmark has no price.`);
      const isTraced = propertyOf(TracingConfig, 'Mode') === 'Active';
      return [
        name,
        {
          memoryMegabytes: Number(MemorySize),
          isTraced,
          hasTextLogs: hasTextPlatformLogs(name, LoggingConfig),
        },
      ];
    }),
  );
  const machines = new Map(
    resources.ofType('AWS::StepFunctions::StateMachine').map(({ name, properties }) => {
      const { LoggingConfiguration, TracingConfiguration, DefinitionString } = properties;
      const level = propertyOf(LoggingConfiguration, 'Level') ?? 'OFF';
      if (level !== 'ALL' && level !== 'ERROR' && level !== 'OFF')
        throw new Error(`${name} logs at level ${level}, which the benchmark does not support.`);
      const definition: unknown = JSON.parse(DefinitionString);
      return [
        name,
        {
          startAt: String(propertyOf(definition, 'StartAt')),
          states: toStateSettings(definition),
          logsAll: level === 'ALL',
          isTraced: propertyOf(TracingConfiguration, 'Enabled') === true,
        },
      ];
    }),
  );
  const shares = stacks.flatMap(({ template }) =>
    Object.values(template.Resources ?? {}).flatMap(({ Type, Properties }) =>
      Type === 'AWS::XRay::SamplingRule'
        ? [Number(propertyOf(Properties?.SamplingRule, 'FixedRate'))]
        : [],
    ),
  );
  const [stage] = resources.ofType('AWS::ApiGatewayV2::Stage');
  const format = propertyOf(stage?.properties.AccessLogSettings, 'Format');
  return {
    functions,
    machines,
    accessLogFormat: typeof format === 'string' ? format : undefined,
    isArchived: stacks.some(({ template }) =>
      Object.values(template.Resources ?? {}).some(({ Type }) => Type === 'AWS::Events::Archive'),
    ),
    tracedShare: shares.length === 0 ? DEFAULT_TRACED_SHARE : Math.max(...shares),
    batchSizes: Object.fromEntries(
      resources
        .ofType('AWS::Lambda::EventSourceMapping')
        .map(({ properties }) => [properties.FunctionName, properties.BatchSize ?? 0]),
    ),
  };
}

/**
 * Returns whether the platform's log lines are text. A line that is already JSON is not encoded
 * again.
 * https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html
 */
function hasTextPlatformLogs(name: string, logging: unknown): boolean {
  const format = propertyOf(logging, 'LogFormat') ?? 'Text';
  if (format === 'Text') return true;
  if (format === 'JSON' && propertyOf(logging, 'SystemLogLevel') === 'WARN') return false;
  throw new Error(
    `${name} has platform logs in the format ${format}, which the benchmark does not support.`,
  );
}

function toStateSettings(machine: unknown): Map<string, StateSettings> {
  const states = Object.entries((propertyOf(machine, 'States') ?? {}) as RawProperties);
  return new Map(
    states.flatMap(([name, state]): [string, StateSettings][] => {
      const waitsForToken = String(propertyOf(state, 'Resource')).endsWith('.waitForTaskToken');
      const branches = (propertyOf(state, 'Branches') ?? []) as readonly unknown[];
      return [
        [name, { type: String(propertyOf(state, 'Type')), waitsForToken }],
        ...branches.flatMap((branch) => [...toStateSettings(branch)]),
      ];
    }),
  );
}
