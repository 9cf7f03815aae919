import {
  type ApiGatewayV2Client,
  DeleteRouteSettingsCommand,
  GetStageCommand,
  NotFoundException,
} from '@aws-sdk/client-apigatewayv2';
import type { RouteSettings } from '../use-cases/ports.ts';

/** Route settings of one stage of an HTTP API, over the control plane of API Gateway. */
export class ApiGatewayStage implements RouteSettings {
  readonly #client: ApiGatewayV2Client;
  readonly #stage: { readonly ApiId: string; readonly StageName: string };

  constructor(client: ApiGatewayV2Client, apiId: string, stageName: string) {
    this.#client = client;
    this.#stage = { ApiId: apiId, StageName: stageName };
  }

  async listRouteKeys(): Promise<readonly string[]> {
    const stage = await unlessMissing(this.#client.send(new GetStageCommand(this.#stage)));
    return Object.keys(stage?.RouteSettings ?? {});
  }

  async deleteSettings(routeKey: string): Promise<void> {
    await unlessMissing(
      this.#client.send(new DeleteRouteSettingsCommand({ ...this.#stage, RouteKey: routeKey })),
    );
  }
}

async function unlessMissing<Response>(request: Promise<Response>): Promise<Response | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof NotFoundException) return undefined;
    throw error;
  }
}
