import { parentPort, workerData } from 'node:worker_threads';

/** The script of a thread that takes calls, and dies when one of them is named as it was told. */
parentPort?.on('message', ({ id, method }: { readonly id: number; readonly method: string }) => {
  if (method === workerData) process.exit(3);
  parentPort?.postMessage({ kind: 'answer', id, value: undefined });
});
