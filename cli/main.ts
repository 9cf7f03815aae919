import { createProgram, runProgram } from './program.ts';

await runProgram(await createProgram(process.argv[2]), process.argv.slice(2));
