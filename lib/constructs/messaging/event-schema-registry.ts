import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CfnRegistry, CfnSchema } from 'aws-cdk-lib/aws-eventschemas';
import { Construct } from 'constructs';

const SCHEMA_FOLDER = fileURLToPath(new URL('../../../docs/events/', import.meta.url));

/**
 * Publishes the schemas of the events to an EventBridge registry, where consumers find them and
 * generate types.
 */
export class EventSchemaRegistry extends Construct {
  constructor(scope: Construct, id: string, stage: string) {
    super(scope, id);
    const registry = new CfnRegistry(this, 'Registry', {
      registryName: `stockbook-${stage}`,
      description: `Events of Stockbook ${stage}`,
    });
    for (const file of globSync('*@*.json', { cwd: SCHEMA_FOLDER }).sort()) {
      const schemaName = path.basename(file, '.json');
      const schema = new CfnSchema(this, schemaName.replace(/\W/g, ''), {
        registryName: registry.attrRegistryName,
        schemaName,
        type: 'JSONSchemaDraft4',
        content: JSON.stringify(JSON.parse(readFileSync(path.join(SCHEMA_FOLDER, file), 'utf8'))),
      });
      schema.addResourceDependency(registry);
    }
  }
}
