import { describe, expect, test } from 'vitest';
import { CONFIG_OPTIONS } from '../../../lib/config.ts';
import { OPTION_VALUES, type OptionValues } from '../../support/infra/option-values.ts';
import {
  type Deployment,
  exportsInUse,
  exportsOf,
  synthesizeDeployment,
  type Template,
  updateViolations,
} from '../../support/infra/stack-updates.ts';
import recorded from './exports.json' with { type: 'json' };

type Context = Readonly<Record<string, string>>;

/** A protected stage, which is the one whose second deployment matters. */
const STAGE: Context = { stage: 'trial', paymentProvider: 'sandbox' };
/**
 * Options that add or remove resources. `npm run test:deployments` tests every option separately.
 */
const SAMPLE = [
  'removalPolicy',
  'customerIssuer',
  'domainName',
  'publicAvailability',
  'paymentProvider',
  'rollout',
  'encryption',
  'monitoring',
];
const isFullRun = process.env.STACK_UPDATES === 'all';

const options = Object.values(CONFIG_OPTIONS).flatMap((part) => Object.keys(part));
const valuesOf = (option: string): readonly Context[] => {
  const values: OptionValues | undefined = Object.entries(OPTION_VALUES).find(
    ([key]) => key === option,
  )?.[1];
  if (values === undefined)
    throw new Error(`${option} has no values in test/support/infra/option-values.ts`);
  return 'unchanged' in values ? [] : values;
};

const deployments = new Map<string, Deployment>();
function deploymentOf(context: Context): Deployment {
  const key = JSON.stringify(context);
  const deployment = deployments.get(key) ?? synthesizeDeployment({ ...STAGE, ...context });
  deployments.set(key, deployment);
  return deployment;
}

/** Returns all pairs of values in both directions. */
const pairsOf = (contexts: readonly Context[]) =>
  contexts.flatMap((before) =>
    contexts.filter((after) => after !== before).map((after) => ({ before, after })),
  );

let pairsTested = 0;
function violationsBetween(contexts: readonly Context[]): readonly string[] {
  return pairsOf(contexts).flatMap(({ before, after }) => {
    pairsTested += 1;
    const [from, to] = [before, after].map((context) => JSON.stringify(context));
    return updateViolations(deploymentOf(before), deploymentOf(after)).map(
      (found) => `${from} → ${to}: ${found}`,
    );
  });
}

test('every option has test values, and no unknown option has', () => {
  expect(Object.keys(OPTION_VALUES).sort()).toEqual([...options].sort());
});

describe('after the first deployment', () => {
  const alone = options.filter((option) => isFullRun || SAMPLE.includes(option));
  const changed = alone.filter((option) => valuesOf(option).length > 0);

  test.each(changed)('%s can be changed between any two values', (option) => {
    expect(violationsBetween(valuesOf(option))).toEqual([]);
  });

  test('all options can be changed together, and back', () => {
    const together = Object.assign(
      {},
      ...options.map((option) => valuesOf(option)[1] ?? {}),
    ) as Context;

    expect(violationsBetween([{}, { ...together, machineClients: '' }])).toEqual([]);
  });

  test('no tested template is near a limit of CloudFormation', () => {
    const sizes = [...deployments.values()].flatMap((deployment) =>
      Object.values(deployment).map((template) => ({
        resources: Object.keys(template.Resources).length,
        outputs: Object.keys(template.Outputs).length,
        // The CDK writes templates with an indent of one space.
        bytes: JSON.stringify(template, undefined, 1).length,
      })),
    );
    const largest = {
      resources: Math.max(...sizes.map(({ resources }) => resources)),
      outputs: Math.max(...sizes.map(({ outputs }) => outputs)),
      bytes: Math.max(...sizes.map(({ bytes }) => bytes)),
    };

    console.info('largest template', largest);
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html:
    // 500, 200 and 1 MB
    expect(largest.resources).toBeLessThan(450);
    expect(largest.outputs).toBeLessThan(150);
    expect(largest.bytes).toBeLessThan(800_000);
  });

  test('is tested with enough pairs', () => {
    console.info(`${pairsTested} changes of options tried`);
    expect(pairsTested).toBeGreaterThanOrEqual(isFullRun ? 120 : 20);
  });
});

describe('detects a planted violation:', () => {
  const NAME = 'stockbook-trial-payments';
  /** Returns the deployment with one changed stack. */
  const changed = (stack: string, change: (template: Template) => void): Deployment => {
    const deployment = structuredClone(deploymentOf({}));
    const template = deployment[stack];
    if (template === undefined) throw new Error(`there is no stack ${stack}`);
    change(template);
    return deployment;
  };
  const idOf = ({ Resources }: Template, type: string, part: string): string => {
    const found = Object.entries(Resources).find(
      ([id, { Type }]) => Type === type && id.includes(part),
    );
    if (found === undefined) throw new Error(`there is no ${type} ${part}`);
    return found[0];
  };
  const propertiesOf = (template: Template, type: string, part: string): Record<string, unknown> =>
    template.Resources[idOf(template, type, part)]?.Properties ?? {};
  const ALIAS = 'AuthorizePaymentLive';
  const outputOf = ({ Outputs }: Template, part: string) =>
    Object.keys(Outputs).find((id) => id.startsWith('Exports') && id.includes(part)) ?? '';

  test.each<[string, string, (template: Template) => void, RegExp]>([
    [
      'an export in use disappears',
      NAME,
      (template) => delete template.Outputs[outputOf(template, ALIAS)],
      /export .*AuthorizePaymentLive.* is in use and would disappear$/,
    ],
    [
      'an export in use has another value',
      NAME,
      (template) =>
        Object.assign(template.Outputs[outputOf(template, ALIAS)] ?? {}, {
          Value: { Ref: 'Other' },
        }),
      /export .*AuthorizePaymentLive.* is in use and would change$/,
    ],
    [
      'a table gets another key',
      NAME,
      (template) =>
        Object.assign(propertiesOf(template, 'AWS::DynamoDB::GlobalTable', 'Provider'), {
          KeySchema: [],
        }),
      /Provider\w+ \(AWS::DynamoDB::GlobalTable\) would be replaced for KeySchema$/,
    ],
    [
      'a queue is left out',
      'stockbook-trial-shared',
      (template) => delete template.Resources[idOf(template, 'AWS::SQS::Queue', 'BusFailed')],
      /BusFailed\w+ \(AWS::SQS::Queue\) would be deleted$/,
    ],
    [
      'a route is left out',
      NAME,
      (template) =>
        delete template.Resources[idOf(template, 'AWS::ApiGatewayV2::Route', 'ReceiveStripeEvent')],
      /route POST \/webhooks\/stripe would be removed$/,
    ],
    [
      'a log group with a name has another logical id',
      'stockbook-trial-orders',
      (template) => {
        const id = idOf(template, 'AWS::Logs::LogGroup', 'ProcessOrder');
        Object.assign(template.Resources, { Moved: template.Resources[id] });
        delete template.Resources[id];
      },
      /orders Moved: its name .*ProcessOrder.* is that of .*, which is deleted later$/,
    ],
    [
      'a function changes without a new version',
      NAME,
      (template) =>
        Object.assign(propertiesOf(template, 'AWS::Lambda::Function', 'AuthorizePayment'), {
          Timeout: 7,
        }),
      /AuthorizePayment\w+ changes, and its alias stays at the version before$/,
    ],
  ])('%s', (_case, stack, change, expected) => {
    expect(updateViolations(deploymentOf({}), changed(stack, change))).toEqual([
      expect.stringMatching(expected),
    ]);
  });
});

describe('the exports that the last release has in use (npm run generate -- exports records them)', () => {
  /** Returns an instruction for each missing export. */
  const missingAmong = (names: readonly string[]): readonly string[] => {
    const exported = Object.entries(deploymentOf({})).flatMap(([, template]) => [
      ...exportsOf(template).keys(),
    ]);
    const known = new Set(exported.map((name) => name.replace(/^stockbook-trial-/, '')));
    return names
      .filter((name) => !known.has(name))
      .map(
        (name) =>
          `${name} is imported by a deployed stack, so CloudFormation refuses to remove it: keep it for one release with exportValue() in its stack.`,
      );
  };

  test('all exist', () => {
    expect(recorded.exports.length).toBeGreaterThan(20);
    expect(missingAmong(recorded.exports)).toEqual([]);
  });

  test('are reported when missing', () => {
    expect(missingAmong(['shared:ExportsOutputRefGone'])).toHaveLength(1);
    expect(exportsInUse(deploymentOf({})).length).toBeGreaterThan(20);
  });
});
