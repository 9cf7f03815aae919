import { Hono } from 'hono';
import { AwsError } from '../errors.ts';
import { addFaultRoutes } from '../faults/fault-routes.ts';
import type { Faults } from '../faults/faults.ts';
import { addLambdaRoutes, type LambdaPorts } from '../functions/lambda-api.ts';
import { ISSUER_PATH, type Issuers } from './token-issuer.ts';

/** An action of a service: takes the JSON of the request and returns the JSON of the response. */
export type AwsAction = (request: unknown) => unknown;

export type AwsServer = {
  readonly fetch: Hono['fetch'];
  /** Adds actions, by their X-Amz-Target. */
  readonly addActions: (actions: Readonly<Record<string, AwsAction>>) => void;
  /** Adds the actions of Lambda's REST API. */
  readonly addLambdaActions: (ports: LambdaPorts) => void;
  /** Adds the resource of injected faults, which AWS does not have. */
  readonly addFaults: (faults: Faults) => void;
};

/**
 * Creates the endpoint of the services that use AWS's JSON protocol, and mounts the token issuers
 * next to it. It does not authenticate callers, because it listens on this machine only.
 * https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html
 */
export function createAwsServer(issuers: Issuers): AwsServer {
  const actions = new Map<string, AwsAction>();
  const app = new Hono();
  app.route(ISSUER_PATH, issuers.app);
  app.post('/', async (context) => {
    const target = context.req.header('x-amz-target') ?? '';
    const action = actions.get(target);
    const headers = {
      'content-type': context.req.header('content-type') ?? 'application/x-amz-json-1.0',
    };
    const respond = (status: 200 | 400 | 500, body: unknown) =>
      context.body(JSON.stringify(body), status, headers);
    if (action === undefined) {
      const message = `the local runtime does not support the action ${target || '(none)'}`;
      return respond(400, { __type: 'UnknownOperationException', message });
    }
    try {
      return respond(200, await action(await context.req.json()));
    } catch (error) {
      if (error instanceof AwsError)
        return respond(400, { __type: error.name, message: error.message });
      console.error(`${target} failed:`, error);
      return respond(500, { __type: 'InternalFailure', message: 'the local runtime failed' });
    }
  });
  return {
    fetch: app.fetch,
    addLambdaActions: (ports) => addLambdaRoutes(app, ports),
    addFaults: (faults) => addFaultRoutes(app, faults),
    addActions: (more) => {
      for (const [target, action] of Object.entries(more)) actions.set(target, action);
    },
  };
}
