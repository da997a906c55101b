#!/usr/bin/env node
import { endProcess, endWithReader } from './process-end.js';
import { runCommandLine } from './program.js';
import { processIo } from './terminal.js';

endWithReader();
await endProcess(await runCommandLine(process.argv.slice(2), processIo));
