// What the image runs: the program in one file.
import { main } from '../../src/cli/ceoagent/main.ts';

await main(process.argv.slice(2));
