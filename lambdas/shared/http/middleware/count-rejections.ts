import type { Metrics } from '../../observability/metrics.ts';
import type { HttpMiddleware } from './http-context.ts';

export type RejectionMetrics<Kind extends string> = {
  readonly writer: Metrics;
  /** Name of the metric for each kind of error that is counted. */
  readonly errors: { readonly [K in Kind]?: string };
};

/** Counts the rejections of the named kinds. */
export const countRejections = <Kind extends string>(
  metrics: RejectionMetrics<Kind> | undefined,
): HttpMiddleware => ({
  after: ({ context }) => {
    const { rejection } = context.http;
    const metric = rejection && metrics?.errors[rejection.kind as Kind];
    if (metric !== undefined) metrics?.writer.putCounts({ [metric]: 1 });
  },
});
