#!/usr/bin/env node
// `npm start`: the shipped sample from brief to answer of the served model.
import { fileURLToPath } from 'node:url';
import { launch } from './launch.js';

await launch(fileURLToPath(import.meta.url), ['start', ...process.argv.slice(2)]);
