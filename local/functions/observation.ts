import type { DataPoint, Metric } from '../alerts/metric.ts';
import type { RouteAccess } from '../api/routes.ts';
import type { FaultKind } from '../faults/fault.ts';
import type { Invoke } from './invoke.ts';

/**
 * Cause of an invocation: a route, a mapping from a queue or a stream, a step of a state machine, a
 * schedule, or Lambda's own Invoke.
 */
export type InvokedBy = 'route' | 'queue' | 'stream' | 'saga' | 'schedule' | 'invoke';

/**
 * One thing that the local runtime did and that AWS would bill or count. Requests of functions to
 * queues and to DynamoDB are not included; a `dynamodbProxy` can observe the latter.
 */
export type Observation =
  | {
      readonly kind: 'request';
      readonly routeKey: string;
      readonly access: RouteAccess['kind'];
      readonly status: number;
    }
  /**
   * A function is about to run. An `invocation` follows when it has run, or a `rejectedInvocation`
   * when Lambda does not invoke it.
   */
  | { readonly kind: 'invocationStart'; readonly functionName: string }
  | {
      readonly kind: 'invocation';
      readonly functionName: string;
      readonly by: InvokedBy;
      /** Number of records in the batch; 1 for an event that is not a batch. */
      readonly records: number;
      /**
       * Time from the start to the result, including the start of an environment if one was needed.
       */
      readonly milliseconds: number;
      readonly isOk: boolean;
    }
  /**
   * A rejected invocation. Lambda does not bill it, and counts it in other metrics than
   * Invocations.
   */
  | {
      readonly kind: 'rejectedInvocation';
      readonly functionName: string;
      readonly by: InvokedBy;
      readonly errorType: string;
    }
  /** An injected fault hits an invocation, or one of its calls. The `invocation` follows. */
  | {
      readonly kind: 'injectedFault';
      readonly functionName: string;
      readonly faultKind: FaultKind;
      /** Call that is hit. Undefined for the invocation itself. */
      readonly call?: string;
    }
  | {
      readonly kind: 'log';
      readonly functionName: string;
      readonly lines: number;
      readonly bytes: number;
    }
  /** A value that a function wrote into its log in the embedded metric format. */
  | ({ readonly kind: 'metric' } & Metric & DataPoint)
  | {
      readonly kind: 'event';
      readonly detailType: string;
      readonly bytes: number;
      /** Queues that received the event. */
      readonly queueArns: readonly string[];
      /** Topics that were notified of the event. */
      readonly topicArns: readonly string[];
    }
  | {
      readonly kind: 'queueRequest';
      readonly action: 'send' | 'receive' | 'delete';
      readonly queueArn: string;
      /** Number of messages; 0 for a receive that returned none. */
      readonly messages: number;
    }
  | {
      readonly kind: 'transition';
      readonly machineName: string;
      readonly stateName: string;
      /**
       * True for a retry, which does not enter its state again but is billed as another transition.
       */
      readonly isRetry: boolean;
    }
  | {
      readonly kind: 'failedExecution';
      readonly machineName: string;
      readonly status: 'FAILED' | 'TIMED_OUT';
    };

/**
 * Receives each observation when it happens, or right after it. It must not throw, and the runtime
 * does not wait for it.
 */
export type Observer = (seen: Observation) => void;

/** Returns an `Invoke` that also reports each invocation to the observer. */
export const withObserver = (
  invoke: Invoke,
  by: InvokedBy,
  observe: Observer | undefined,
): Invoke =>
  observe === undefined
    ? invoke
    : async (functionArn, event, traceHeader) => {
        const functionName = functionArn.split(':')[FUNCTION_NAME_PART] ?? '';
        observe({ kind: 'invocationStart', functionName });
        const startedAt = performance.now();
        const result = await invoke(functionArn, event, traceHeader);
        if (!result.ok && result.rejectionStatus !== undefined) {
          observe({
            kind: 'rejectedInvocation',
            functionName,
            by,
            errorType: result.error.errorType,
          });
          return result;
        }
        observe({
          kind: 'invocation',
          functionName,
          by,
          records: recordCountOf(event),
          milliseconds: performance.now() - startedAt,
          isOk: result.ok,
        });
        return result;
      };

/**
 * Position of the name in `arn:aws:lambda:<region>:<account>:function:<name>`, which an alias may
 * follow.
 */
const FUNCTION_NAME_PART = 6;

const recordCountOf = (event: unknown): number =>
  typeof event === 'object' && event !== null && 'Records' in event && Array.isArray(event.Records)
    ? event.Records.length
    : 1;
