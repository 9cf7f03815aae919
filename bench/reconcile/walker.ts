import { localTable } from './local-table.ts';
import { WALKS, type WalkName } from './walks.ts';

/** One walk in a process of its own, so that its memory is the walk's: `walker.ts <endpoint> <table> <walk> <expected>`; prints a line of JSON. */
const [endpoint = '', name = '', walk = '', expected = ''] = process.argv.slice(2);
if (!(walk in WALKS)) throw new Error(`there is no walk ${walk}`);
const table = localTable(endpoint, name);
try {
  console.log(JSON.stringify(await WALKS[walk as WalkName](table, Number(expected))));
} finally {
  table.client.destroy();
}
