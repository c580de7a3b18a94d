import { writeFileSync } from 'node:fs';
import { openRequestSide } from './requestSide.js';

/**
 * Run as a process of its own, to be killed: carries out what stands in the folder. `during` never comes to an end of the
 * work; `after` dies when the work is done and not recorded; `telling` goes on until somebody kills it.
 */
const [folder = '', step = '', marker = '', host = ''] = process.argv.slice(2);

await openRequestSide(folder, {
  callbackHosts: [host],
  fulfillers: {
    erasure: async ({ requestId }) => {
      if (step === 'telling') return { outcome: 'completed', remarks: [], result: {} };
      writeFileSync(marker, requestId);
      if (step === 'after') process.kill(process.pid, 'SIGKILL');
      return new Promise(() => undefined);
    },
  },
});
