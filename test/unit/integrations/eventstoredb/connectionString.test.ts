import t from 'tap';
import { readConnectionString } from '../../../../src/integrations/eventstoredb/connectionString.js';

t.test('one node, some, and a name for all', async (t) => {
  const one = readConnectionString('esdb://localhost:2113?tls=false');
  t.match(one, {
    nodes: { endpoint: { address: 'localhost', port: 2113 } },
    channel: { insecure: true },
    address: 'localhost:2113',
  });
  t.equal(one.credentials, undefined);
  t.match(readConnectionString('esdb://a:1,b:2,c?keepAliveInterval=20000'), {
    nodes: {
      endpoints: [
        { address: 'a', port: 1 },
        { address: 'b', port: 2 },
        { address: 'c', port: 2113 },
      ],
      keepAliveInterval: 20000,
    },
    address: 'a:1,b:2,c:2113',
  });
  t.match(readConnectionString('esdb+discover://cluster.example?nodePreference=leader'), {
    nodes: { discover: { address: 'cluster.example', port: 2113 }, nodePreference: 'leader' },
  });
});

t.test('kurrentdb says the same as esdb', async (t) => {
  for (const rest of ['://localhost:2113?tls=false', '+discover://cluster.example:2113']) {
    t.strictSame(readConnectionString(`kurrentdb${rest}`), readConnectionString(`esdb${rest}`));
  }
});

t.test('credentials are kept out of what is logged', async (t) => {
  const settings = readConnectionString('esdb://way:p%40ss%3Aword@db.example:2113');
  t.strictSame(settings.credentials, { username: 'way', password: 'p@ss:word' });
  t.equal(settings.address, 'db.example:2113');
});

t.test('what cannot be understood is refused without quoting it', async (t) => {
  for (const text of ['http://localhost', 'esdb://', 'esdb://user:geheim@', 'esdb://user:geheim@host:port']) {
    try {
      readConnectionString(text);
      t.fail(`${text} was understood`);
    } catch (error) {
      t.ok(error instanceof Error && !error.message.includes('geheim'), text);
    }
  }
});
