import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import manifest from '../../../package.json' with { type: 'json' };
import { exportsInUse, synthesizeDeployment } from './stack-updates.ts';

/**
 * Records the exports that this version has in use, for the tests of the next version. Run it with
 * each release.
 */
const file = fileURLToPath(new URL('../../infra/deployment/exports.json', import.meta.url));
const exports = exportsInUse(synthesizeDeployment({ stage: 'trial', paymentProvider: 'sandbox' }));
writeFileSync(file, `${JSON.stringify({ version: manifest.version, exports }, undefined, 2)}\n`);
console.log(`${exports.length} exports in use recorded in ${file}`);
