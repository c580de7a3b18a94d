// Run by mongosh: makes the replica set of one and Waymark's user. Run again it changes nothing but a changed password.
const secret = (name) => fs.readFileSync(`/run/secrets/${name}`, 'utf8').trim();
const root = encodeURIComponent(secret('mongodb_root_password'));
const admin = connect(`mongodb://root:${root}@mongodb:27017/admin?directConnection=true`);

try {
  admin.adminCommand({ replSetGetStatus: 1 });
} catch (error) {
  if (error.codeName !== 'NotYetInitialized') throw error;
  const members = [{ _id: 0, host: 'mongodb:27017' }];
  admin.adminCommand({ replSetInitiate: { _id: 'waymark', members } });
}
while (!admin.hello().isWritablePrimary) sleep(200);

// Read models, and apart from them the keys and the erasures carried out, each with backups of its own.
const account = {
  pwd: secret('mongodb_password'),
  roles: ['waymark', 'waymark_keys', 'waymark_erasures'].map((db) => ({ role: 'readWrite', db })),
};
if (admin.getUser('waymark') === null) admin.createUser({ user: 'waymark', ...account });
else admin.updateUser('waymark', account);
