import { smtpChannel } from '../../src/integrations/channels/smtp.js';
import { contractMessage, contractNow } from '../contracts/channel.js';

/** Sends a message over each server named on the command line, and prints what came of it. */
const outcomes: unknown[] = [];
for (const address of process.argv.slice(2)) {
  const url = new URL(address);
  const channel = smtpChannel({ url, requiresTls: true, from: 'help@shop.example', now: () => contractNow });
  outcomes.push(
    await channel.send({ ...contractMessage, address: 'ada@example.org' }, AbortSignal.timeout(20_000)),
  );
  channel.close();
}
console.log(JSON.stringify(outcomes));
