import { writeFileSync } from 'node:fs';
import { createOpenApiDocument } from './openapi-document.ts';

writeFileSync(
  new URL('../../../docs/openapi/openapi.json', import.meta.url),
  `${JSON.stringify(createOpenApiDocument(), undefined, 2)}\n`,
);
