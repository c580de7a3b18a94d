import type { Worker } from 'node:worker_threads';

/** The program itself, whose threads end when it gets a message. */
const threads: Worker[] = [];
process.on('worker', (thread: Worker) => threads.push(thread));
process.on('message', () => {
  for (const thread of threads) void thread.terminate();
});
await import('../../src/main.js');
