import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as z from 'zod/mini';

const Manifest = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      dependencies: z.optional(z.array(z.string())),
      properties: z.optional(z.looseObject({})),
    }),
  ),
});

const AssetManifest = z.object({
  files: z.record(
    z.string(),
    z.object({
      source: z.object({ path: z.optional(z.string()) }),
      destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
    }),
  ),
});

const TemplateResource = z.strictObject({
  Type: z.string(),
  Properties: z.optional(z.record(z.string(), z.unknown())),
  DependsOn: z.optional(z.unknown()),
  DeletionPolicy: z.optional(z.unknown()),
  UpdateReplacePolicy: z.optional(z.unknown()),
  // Policies of updates, which do not happen here.
  UpdatePolicy: z.optional(z.unknown()),
  Metadata: z.optional(z.unknown()),
});

// Parameters and Rules are those of the bootstrap version, which means nothing here. Conditions and
// Mappings are rejected.
const Template = z.strictObject({
  Description: z.optional(z.string()),
  Metadata: z.optional(z.unknown()),
  Parameters: z.optional(z.strictObject({ BootstrapVersion: z.unknown() })),
  Rules: z.optional(z.strictObject({ CheckBootstrapVersion: z.unknown() })),
  Resources: z.optional(z.record(z.string(), TemplateResource)),
  Outputs: z.optional(
    z.record(
      z.string(),
      z.strictObject({
        Value: z.unknown(),
        Description: z.optional(z.string()),
        Export: z.optional(z.strictObject({ Name: z.unknown() })),
      }),
    ),
  ),
});

export type Template = z.infer<typeof Template>;

/** Stack of the assembly. `assets` maps the S3 key of a file asset to its path on disk. */
export type Stack = {
  readonly name: string;
  readonly template: Template;
  readonly assets: ReadonlyMap<string, string>;
};

const STACK = 'aws:cloudformation:stack';
const ASSETS = 'cdk:asset-manifest';
const ARTIFACTS_WITHOUT_RESOURCES = ['cdk:tree', 'cdk:feature-flag-report'];

/**
 * Reads the stacks of a synthesized app, each after those that it depends on. Replaces each text of
 * `replacements` in the templates. Throws for artifacts and parts of templates that it does not
 * support.
 */
export function readCloudAssembly(
  directory: string,
  replacements: Readonly<Record<string, string>> = {},
): readonly Stack[] {
  const { artifacts } = readManifest(directory);
  const assets = readAssets(directory);
  for (const [id, { type }] of Object.entries(artifacts)) {
    if (type !== ASSETS && type !== STACK && !ARTIFACTS_WITHOUT_RESOURCES.includes(type)) {
      throw new Error(`${id}: the local runtime does not support artifacts of type ${type}`);
    }
  }

  const ordered: Stack[] = [];
  const visited = new Set<string>();
  const visit = (id: string): void => {
    if (visited.has(id)) return;
    visited.add(id);
    const artifact = artifacts[id];
    for (const dependency of artifact?.dependencies ?? []) visit(dependency);
    if (artifact?.type !== STACK) return;
    const file = String(artifact.properties?.templateFile);
    const template = Template.safeParse(readJson(directory, file, replacements));
    if (!template.success) throw new Error(`stack ${id}: ${z.prettifyError(template.error)}`);
    ordered.push({
      name: String(artifact.properties?.stackName ?? id),
      template: template.data,
      assets,
    });
  };
  for (const id of Object.keys(artifacts)) visit(id);
  return ordered;
}

/** Returns the paths of the file assets of a synthesized app, by their keys in S3. */
export function readAssets(directory: string): ReadonlyMap<string, string> {
  const manifests = Object.values(readManifest(directory).artifacts)
    .filter(({ type }) => type === ASSETS)
    .map(({ properties }) => AssetManifest.parse(readJson(directory, String(properties?.file))));
  return new Map(
    manifests.flatMap(({ files }) =>
      Object.values(files).flatMap(({ source, destinations }) =>
        Object.values(destinations).flatMap(({ objectKey }): [string, string][] =>
          source.path === undefined ? [] : [[objectKey, path.resolve(directory, source.path)]],
        ),
      ),
    ),
  );
}

const readManifest = (directory: string): z.infer<typeof Manifest> =>
  Manifest.parse(readJson(directory, 'manifest.json'));

function readJson(
  directory: string,
  file: string,
  replacements: Readonly<Record<string, string>> = {},
): unknown {
  let text = readFileSync(path.join(directory, file), 'utf8');
  for (const [from, to] of Object.entries(replacements)) text = text.replaceAll(from, to);
  return JSON.parse(text);
}
