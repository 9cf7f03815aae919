import { globSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { hashBundle } from '../../lib/bundling/bundle-lambdas.ts';
import { ACCOUNT_ID, arnOf, DEVELOPER_CREDENTIALS, region } from '../../local/account.ts';
import { type Route, readRoutes } from '../../local/api/routes.ts';
import { ISSUER_SERVER, issuerContext } from '../../local/api/token-issuer.ts';
import { assemblyOf } from '../../local/cloud-assembly/assembly-cache.ts';
import { readCloudAssembly } from '../../local/cloud-assembly/cloud-assembly.ts';
import { createResourceNames } from '../../local/cloud-assembly/resource-names.ts';
import { loadResources, type Resources } from '../../local/cloud-assembly/resources.ts';
import { ROOT } from '../../local/cloud-assembly/synthesize.ts';
import { CUSTOMER_LIMITS } from './customer-limits.ts';

export type Handler = (event: unknown, context: unknown) => Promise<unknown>;
export type SimulatedFunction = {
  readonly arn: string;
  /** `<context>/<handler>`, a file of lambdas/. */
  readonly name: string;
  readonly logicalId: string;
  readonly handler: Handler;
  /** Clears the caches of the function, as a cold start does. */
  readonly clearCache: () => void;
  readonly timeoutSeconds: number;
  readonly userArn: string;
};

/** The synthesized templates with the handlers of their functions; shared by all worlds. */
export type SystemModel = {
  readonly resources: Resources;
  readonly routes: readonly Route[];
  readonly functions: ReadonlyMap<string, SimulatedFunction>;
};

const API_URL = 'http://api.simulation';
const SQS_URL = 'http://sqs.simulation';
const TIMEOUT_SECONDS_DEFAULT = 3;

/**
 * Settings of the simulation: automatic repairs, limits that one customer can reach, and the route
 * of the storefront.
 */
const CDK_CONTEXT = {
  ...issuerContext(ISSUER_SERVER),
  autoRepair: 'true',
  repairUnitsPerSku: '10',
  repairUnitsPerRun: '1000',
  holdsPerCustomer: String(CUSTOMER_LIMITS.holdsPerCustomer),
  unitsPerCustomer: String(CUSTOMER_LIMITS.unitsPerCustomer),
  publicAvailability: 'true',
};

/** Returns the folder of the cloud assembly that simulations run. */
export const simulationAssembly = (): Promise<string> =>
  assemblyOf({ app: 'bin/app.ts', context: CDK_CONTEXT });

/** Variables that differ between functions. A handler reads them while it is loaded. */
const PER_FUNCTION_VARIABLES: ReadonlySet<string> = new Set(['STREAM_DLQ_URL']);

const modelsByAssembly = new Map<string, Promise<SystemModel>>();

/**
 * Loads an assembly and the source of its handlers, once per process. All handlers share the
 * environment of this process. Throws if the templates give a variable two different values.
 */
export function loadSystemModel(assembly: string): Promise<SystemModel> {
  const model = modelsByAssembly.get(assembly) ?? createSystemModel(assembly);
  modelsByAssembly.set(assembly, model);
  return model;
}

async function createSystemModel(assembly: string): Promise<SystemModel> {
  const stacks = readCloudAssembly(assembly);
  const assets = new Map(stacks.flatMap((stack) => [...stack.assets]));
  const resources = loadResources(
    stacks,
    createResourceNames(stacks, { api: API_URL, sqs: SQS_URL }),
  );
  const lambdaFunctions = resources.ofType('AWS::Lambda::Function');
  const environment: Record<string, string> = {
    AWS_REGION: region(),
    AWS_ACCESS_KEY_ID: DEVELOPER_CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: DEVELOPER_CREDENTIALS.secretAccessKey,
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_ENDPOINT_URL_SQS: SQS_URL,
  };
  for (const { name, properties } of lambdaFunctions) {
    for (const [variable, value] of Object.entries(properties.Environment?.Variables ?? {})) {
      if (PER_FUNCTION_VARIABLES.has(variable)) continue;
      if ((environment[variable] ?? value) !== value)
        throw new Error(`Function ${name}: ${variable} differs from that of another function.`);
      environment[variable] = value;
    }
  }
  Object.assign(process.env, environment);

  const names = handlersByBundleHash();
  const functions = new Map<string, SimulatedFunction>();
  for (const { name: functionName, logicalId, properties } of lambdaFunctions) {
    const name = names.get(hashBundle(readFiles(assets.get(properties.Code.S3Key) ?? '')));
    if (name === undefined) throw new Error(`Function ${functionName}: no handler has its bundle.`);
    const arn = arnOf('lambda', `function:${functionName}`);
    for (const [variable, value] of Object.entries(properties.Environment?.Variables ?? {}))
      if (PER_FUNCTION_VARIABLES.has(variable)) process.env[variable] = value;
    functions.set(arn, {
      arn,
      name,
      logicalId,
      ...(await loadHandler(name)),
      timeoutSeconds: properties.Timeout ?? TIMEOUT_SECONDS_DEFAULT,
      userArn: `arn:aws:sts::${ACCOUNT_ID}:assumed-role/simulation/${functionName}`,
    });
  }
  return { resources, routes: readRoutes(resources), functions };
}

/**
 * Returns the handler of each bundle, by the bundle's hash, which is the name of its folder
 * (lib/bundling/bundle-lambdas.ts).
 */
function handlersByBundleHash(): ReadonlyMap<string, string> {
  const folders = globSync('*/*/*', { cwd: path.join(ROOT, '.build', 'lambdas') });
  return new Map(
    folders.map((folder) => {
      const [context, handler, hash = ''] = folder.split(path.sep);
      return [hash, `${context}/${handler}`];
    }),
  );
}

const readFiles = (folder: string): Readonly<Record<string, Uint8Array>> =>
  Object.fromEntries(
    readdirSync(folder).map((file) => [file, readFileSync(path.join(folder, file))]),
  );

/** Imports a handler. Only `reserve-stock` has a cache, which its wiring creates. */
async function loadHandler(
  name: string,
): Promise<Pick<SimulatedFunction, 'handler' | 'clearCache'>> {
  const [context, handler] = name.split('/');
  const folder = path.join(ROOT, 'lambdas', context ?? '', 'handlers');
  const [file] = globSync(`**/${handler}.ts`, { cwd: folder }).map((found) =>
    path.join(folder, found),
  );
  if (file === undefined) throw new Error(`${folder} has no handler ${handler}`);
  const loaded: Readonly<Record<string, unknown>> = await import(pathToFileURL(file).href);
  if (typeof loaded.handler !== 'function') throw new Error(`${file} exports no handler`);
  const cache = name === 'inventory/reserve-stock' ? await importReserveCache() : undefined;
  return { handler: loaded.handler as Handler, clearCache: () => cache?.clear() };
}

// Imported late, because the wiring reads the environment that the simulation sets.
const importReserveCache = async () =>
  (await import('../../lambdas/inventory/wiring.ts')).reserveCache();
