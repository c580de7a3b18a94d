import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { smtpRig } from '../support/channelRigs.js';
import { localhostCertificate, localhostPrivateKey } from '../support/localhostCertificate.js';
import { testFolder } from '../support/testFolder.js';

const run = promisify(execFile);
const child = fileURLToPath(new URL('../support/smtpChild.js', import.meta.url));

t.test(
  'mail goes over TLS, from the start or by STARTTLS, to a server whose certificate is trusted',
  async (t) => {
    const taken: string[] = [];
    const addresses: string[] = [];
    for (const scheme of ['smtps', 'smtp']) {
      const rig = await smtpRig(
        t,
        {},
        {
          ...{ cert: localhostCertificate, key: localhostPrivateKey },
          ...{ secure: scheme === 'smtps', disabledCommands: [], authOptional: false },
          onAuth: ({ username, password }, { secure }, done) =>
            done(null, secure && password === 'hunter2' ? { user: username ?? '' } : {}),
          onData(stream, { secure, user }, done) {
            stream.resume();
            stream.on('end', () => {
              taken.push(`${scheme} ${secure ? 'encrypted' : 'in the clear'} by ${user}`);
              done();
            });
          },
        },
        (port) => {
          addresses.push(`${scheme}://shop:hunter2@localhost:${port}`);
          return `smtp://127.0.0.1:${port}`;
        },
      );
      rig.channel.close();
    }
    const certificate = join(testFolder(t), 'localhost.pem');
    writeFileSync(certificate, localhostCertificate);
    const send = async (env: NodeJS.ProcessEnv): Promise<unknown> =>
      JSON.parse((await run(process.execPath, [child, ...addresses], { env })).stdout);

    // As an operator has a private authority trusted: Node reads it when it starts.
    const trusting = await send({ PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: certificate });
    t.match(trusting, [{ outcome: 'accepted' }, { outcome: 'accepted' }]);
    t.strictSame(taken, ['smtps encrypted by shop', 'smtp encrypted by shop']);

    const unreachable = { outcome: 'failed', reason: 'unreachable', permanent: false };
    t.match(await send({ PATH: process.env.PATH }), [unreachable, unreachable], 'anybody could have made it');
    t.equal(taken.length, 2, 'neither the password nor a message went there');
  },
);
