// Plain JavaScript, so that a Node that cannot strip types still says what it needs.
const NODE_MAJOR_MIN = 24;

if (Number(process.versions.node.split('.')[0]) < NODE_MAJOR_MIN) {
  console.error(
    `Stockbook needs Node ${NODE_MAJOR_MIN}, and this is ${process.versions.node}: run \`npm ci\` with install scripts allowed ` +
      '(it puts the right Node into node_modules), then `npm start`.',
  );
  process.exit(1);
}
const { start } = await import('./start.ts');
await start(process.argv.slice(2));
