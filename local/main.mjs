import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

// Plain JavaScript, so that a Node version that cannot strip types still prints what it needs.
const NODE_MAJOR_MIN = 24;

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
  console.error(
    `Stockbook needs Node ${NODE_MAJOR_MIN}, but this is ${process.versions.node}. Run \`npm ci\` with install scripts allowed ` +
      '(it installs the right Node into node_modules), then `npm start`.',
  );
  process.exit(1);
}
// Compiling its own files and packages again takes half of the time until the first line.
enableCompileCache(fileURLToPath(new URL('../.local/compile-cache', import.meta.url)));
const { start } = await import('./start.ts');
await start(process.argv.slice(2));
