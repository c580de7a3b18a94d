import { dataMap } from './dataMap.js';

process.stdout.write(dataMap());
