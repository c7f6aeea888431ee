import workerpool from 'workerpool';
import type { Query } from '../analysis.ts';
import { analyseByFigures } from './analyst.ts';

// A thread of the pool: what comes in is a question, what goes out its analysis.
workerpool.worker({ analyse: (query: Query) => analyseByFigures(query) });
