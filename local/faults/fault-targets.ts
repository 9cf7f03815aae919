import { arnOf } from '../account.ts';
import type { Resources } from '../cloud-assembly/resources.ts';
import { UserError } from '../errors.ts';

/** A function of the templates, as faults name it. */
export type FaultTarget = {
  /** Physical name. */
  readonly functionName: string;
  /** Logical id without its hash, in kebab case: `commit-reservation`. */
  readonly name: string;
  /** Last word of the stack's name: `inventory`. */
  readonly service: string;
  /** Visibility timeout of the queue that invokes the function. Undefined for no queue. */
  readonly visibilitySeconds: number | undefined;
};

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html */
const VISIBILITY_SECONDS_DEFAULT = 30;
/** Hash that the CDK appends to logical ids. */
const ID_HASH = /[0-9A-F]{8}$/;
const SIMILAR_NAMES_MAX = 5;
/** Number of first characters of a word that two similar names share. */
const SIMILAR_CHARACTERS = 3;

/** Returns all functions of the templates. */
export function faultTargetsOf(resources: Resources): readonly FaultTarget[] {
  const visibilityByQueue = new Map(
    resources
      .ofType('AWS::SQS::Queue')
      .map(({ name, properties }) => [
        arnOf('sqs', name),
        properties.VisibilityTimeout ?? VISIBILITY_SECONDS_DEFAULT,
      ]),
  );
  const visibilityByFunction = new Map(
    resources
      .ofType('AWS::Lambda::EventSourceMapping')
      .map(({ properties }) => [
        withoutAlias(properties.FunctionName),
        visibilityByQueue.get(properties.EventSourceArn),
      ]),
  );
  return resources.ofType('AWS::Lambda::Function').map(({ stack, logicalId, name }) => ({
    functionName: name,
    name: kebabCase(logicalId.replace(ID_HASH, '')),
    service: stack.split('-').at(-1) ?? '',
    visibilitySeconds: visibilityByFunction.get(name),
  }));
}

/** Mappings identify a function by `<name>:<alias>` or by its name. */
const withoutAlias = (name: string): string => name.split(':')[0] ?? name;

const kebabCase = (name: string): string =>
  name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '-').toLowerCase();

/**
 * Returns the shortest unique name of a function: `commit-reservation`, or `orders/publish-events`
 * for a name that several services have.
 */
export const uniqueNameOf = (
  { name, service }: FaultTarget,
  targets: readonly FaultTarget[],
): string =>
  targets.filter((target) => target.name === name).length > 1 ? `${service}/${name}` : name;

/**
 * Returns the function that has a name, with or without its service. Throws a UserError, with
 * similar names, when no function or several functions have the name.
 */
export function findFaultTarget(name: string, targets: readonly FaultTarget[]): FaultTarget {
  const [found, ...others] = targets.filter((target) =>
    [target.name, `${target.service}/${target.name}`].includes(name),
  );
  if (found === undefined) {
    const similar = similarNames(name, targets);
    const hint =
      similar.length > 0
        ? `Similar names: ${similar.join(', ')}.`
        : 'A function has the name of its file in lambdas/<service>/handlers.';
    throw new UserError(`There is no function ${name}. ${hint}`);
  }
  if (others.length > 0) {
    const names = [found, ...others].map((target) => uniqueNameOf(target, targets));
    throw new UserError(`Several services have a function ${name}. Use ${names.join(' or ')}.`);
  }
  return found;
}

/** Returns the names that share most words with a name. Words that begin alike are the same. */
function similarNames(name: string, targets: readonly FaultTarget[]): readonly string[] {
  const words = wordsOf(name);
  const candidates = targets.map((target) => ({
    name: uniqueNameOf(target, targets),
    sharedWords: words.filter((word) => wordsOf(target.name).includes(word)).length,
  }));
  const most = Math.max(...candidates.map(({ sharedWords }) => sharedWords));
  return candidates
    .filter(({ sharedWords }) => sharedWords > 0 && sharedWords === most)
    .slice(0, SIMILAR_NAMES_MAX)
    .map((similar) => similar.name);
}

const wordsOf = (name: string): readonly string[] =>
  kebabCase(name)
    .split(/[^a-z0-9]+/)
    .map((word) => word.slice(0, SIMILAR_CHARACTERS))
    .filter((word) => word !== '');
