import type { RouteAccess } from '../api/routes.ts';
import type { Invoke } from './invoke.ts';

/** What had a function run: a route, a mapping from a queue or a stream, a step of a state machine, a schedule, or Lambda's own Invoke. */
export type InvokedBy = 'route' | 'queue' | 'stream' | 'saga' | 'schedule' | 'invoke';

/**
 * One thing that the local runtime did, and that AWS would bill or count. What a function asks of a queue by itself is not among them,
 * nor what it asks of DynamoDB: for that, see `through`.
 */
export type Observation =
  | {
      readonly kind: 'request';
      readonly routeKey: string;
      readonly access: RouteAccess['kind'];
      readonly status: number;
    }
  /** A function is about to run; an `invocation` follows when it has, or a `rejectedInvocation` if Lambda does not invoke it. */
  | { readonly kind: 'invocationStart'; readonly functionName: string }
  | {
      readonly kind: 'invocation';
      readonly functionName: string;
      readonly by: InvokedBy;
      /** Of the batch; 1 for what is no batch. */
      readonly records: number;
      /** From its start to its answer, that of its environment included if it had none. */
      readonly milliseconds: number;
      readonly isOk: boolean;
    }
  /** Lambda does not bill it, and counts it in other metrics than Invocations. */
  | {
      readonly kind: 'rejectedInvocation';
      readonly functionName: string;
      readonly by: InvokedBy;
      readonly errorType: string;
    }
  | {
      readonly kind: 'log';
      readonly functionName: string;
      readonly lines: number;
      readonly bytes: number;
    }
  | {
      readonly kind: 'event';
      readonly detailType: string;
      readonly bytes: number;
      /** The queues that got it. */
      readonly targetArns: readonly string[];
    }
  | {
      readonly kind: 'queueRequest';
      readonly action: 'send' | 'receive' | 'delete';
      readonly queueArn: string;
      /** None for a receive that waited in vain. */
      readonly messages: number;
    }
  | {
      readonly kind: 'transition';
      readonly machineName: string;
      readonly stateName: string;
      /** A retry does not enter its state again, but AWS bills it as another transition. */
      readonly isRetry: boolean;
    };

/** Told of each thing as it happens, or right after it. It must not throw, and is not waited for. */
export type Observer = (seen: Observation) => void;

/** Invokes as `invoke` does, and tells of it. */
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

/** `arn:aws:lambda:<region>:<account>:function:<name>`, and maybe an alias behind it. */
const FUNCTION_NAME_PART = 6;

const recordCountOf = (event: unknown): number =>
  typeof event === 'object' && event !== null && 'Records' in event && Array.isArray(event.Records)
    ? event.Records.length
    : 1;
