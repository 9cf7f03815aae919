import type { UnreadableRecord } from '../../../lambdas/contracts/api/unreadable-record.ts';
import type { QueueDepth } from '../../../lambdas/reconciliation/domain/checks/check-reservations.ts';
import type {
  AuditClient,
  RepairClient,
  RunPorts,
  WorkQueue,
} from '../../../lambdas/reconciliation/use-cases/ports.ts';
import { FakeContexts } from './fake-contexts.ts';
import {
  MemoryCounts,
  MemoryFindings,
  MemoryMetrics,
  MemoryQueue,
  MemoryRuns,
} from './memory-reconciliation-stores.ts';

/** Function called before and after each call of a port. It throws to kill the worker. */
export type CallHook = (call: string) => void;
const ignoreCalls: CallHook = () => undefined;

/** Returns the port with the hook around each of its methods. */
function withCallHook<Port extends object>(name: string, port: Port, hook: CallHook): Port {
  return new Proxy(port, {
    get: (target, method, receiver) => {
      const member: unknown = Reflect.get(target, method, receiver);
      if (typeof member !== 'function') return member;
      return async (...args: unknown[]) => {
        hook(`before ${name}.${String(method)}`);
        const result = await Reflect.apply(member, target, args);
        hook(`after ${name}.${String(method)}`);
        return result;
      };
    },
  });
}

export function createReconciliationPorts(hook: CallHook = ignoreCalls) {
  const findings = new MemoryFindings();
  const counts = new MemoryCounts();
  const runs = new MemoryRuns();
  const contexts = new FakeContexts();
  const queue = new MemoryQueue();
  const metrics = new MemoryMetrics();
  const depths: QueueDepth[] = [];
  const ownUnreadable: UnreadableRecord[] = [];
  const queues = { getDepths: async () => depths };
  const ports: RunPorts = {
    findings: withCallHook('findings', findings, hook),
    counts: withCallHook('counts', counts, hook),
    runs: withCallHook('runs', runs, hook),
    audits: withCallHook('audits', contexts as AuditClient, hook),
    repairs: withCallHook('repairs', contexts as RepairClient, hook),
    queue: withCallHook('queue', queue as WorkQueue, hook),
    queues: withCallHook('queues', queues, hook),
    records: { scanUnreadable: async () => ({ items: [], unreadable: ownUnreadable }) },
    delay: { beforeSecondRead: async () => undefined },
    metrics,
  };
  return {
    ports,
    findings,
    counts,
    runs,
    contexts,
    queue,
    metrics,
    depths,
    ownUnreadable,
  };
}
