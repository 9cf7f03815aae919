import type { Observation } from '../functions/observation.ts';
import { dim, formatTime, red } from './style.ts';

const SERVER_ERROR_MIN = 500;
/** Prefix of the stage, before the name of the stack, and the hash that the CDK adds to a name. */
const GENERATED_PARTS =
  /^stockbook-.+?-(?=(?:shared|inventory|orders|payments|reconciliation|operations)-)|[0-9A-F]{8}$/g;

type ActivityPrinterOptions = {
  readonly kinds?: readonly Observation['kind'][];
  readonly now?: () => number;
};

/**
 * Returns an observer that prints what the runtime did: each request with its status, each event
 * with the queues and topics that receive it, each injected fault and each failed invocation. A
 * line that repeats the one before, as those of a client that polls do, is not printed. `kinds`
 * limits it to some kinds of observations.
 */
export function createActivityPrinter(
  print: (line: string) => void,
  { kinds, now = Date.now }: ActivityPrinterOptions = {},
): (seen: Observation) => void {
  let before: string | undefined;
  return (seen) => {
    if (kinds !== undefined && !kinds.includes(seen.kind)) return;
    const text = describe(seen);
    if (text === undefined || text === before) return;
    before = text;
    print(`${dim(formatTime(now()))}  ${text}`);
  };
}

function describe(seen: Observation): string | undefined {
  switch (seen.kind) {
    case 'request': {
      const { routeKey, status } = seen;
      return `${routeKey} ${status >= SERVER_ERROR_MIN ? red(String(status)) : status}`;
    }
    case 'event': {
      const nameOf = (arn: string) => shortName(arn.split(':').at(-1) ?? '');
      const targets = [
        ...seen.queueArns.map(nameOf),
        ...seen.topicArns.map((arn) => `topic ${nameOf(arn)}`),
      ];
      return `event ${seen.detailType} → ${targets.join(', ') || 'no target'}`;
    }
    case 'invocation':
      return seen.isOk ? undefined : red(`${shortName(seen.functionName)} failed`);
    case 'rejectedInvocation':
      return red(`${shortName(seen.functionName)} was not invoked: ${seen.errorType}`);
    case 'injectedFault':
      return red(
        `${shortName(seen.functionName)}${seen.call === undefined ? '' : `, call ${seen.call},`} hit by an injected fault: ${seen.faultKind}`,
      );
    default:
      return undefined;
  }
}

const shortName = (name: string): string => name.replaceAll(GENERATED_PARTS, '');
