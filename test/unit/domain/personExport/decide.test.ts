import t, { type Test } from 'tap';
import type { PersonExportCommand } from '../../../../src/domain/personExport/commands.js';
import { decide } from '../../../../src/domain/personExport/decide.js';
import type { PersonExportEvent } from '../../../../src/domain/personExport/events.js';
import { evolve, initialState } from '../../../../src/domain/personExport/evolve.js';

const about = { exportId: 'e', subject: 'a' };
const actor = { keyId: 'k1', role: 'privacy-officer' };
const asked = { ...about, subjects: ['a'], kind: 'access', requestId: null, actor } as const;
const made = { bytes: 10, linkHash: 'hash', expiresAt: 1000 };

const requested: PersonExportEvent = { type: 'ExportRequested', data: asked };
const prepared: PersonExportEvent = { type: 'ExportPrepared', data: { ...about, ...made } };
const told: PersonExportEvent = { type: 'ExportLinkTold', data: { ...about, actor } };
const downloaded: PersonExportEvent = { type: 'ExportDownloaded', data: { ...about, actor } };
const expired: PersonExportEvent = { type: 'ExportExpired', data: { ...about, reason: 'time' } };
const failed: PersonExportEvent = { type: 'ExportFailed', data: { ...about, reason: 'store-unavailable' } };

const request: PersonExportCommand = { type: 'RequestExport', data: asked };
const prepare: PersonExportCommand = { type: 'MarkPrepared', data: made };
const tell: PersonExportCommand = { type: 'TellLink', data: { actor } };
const download = (now: number): PersonExportCommand => ({ type: 'BeginDownload', data: { now, actor } });
const expire: PersonExportCommand = { type: 'ExpireExport', data: { reason: 'time' } };
const fail: PersonExportCommand = { type: 'FailExport', data: { reason: 'store-unavailable' } };

const cases: [given: PersonExportEvent[], when: PersonExportCommand, then: PersonExportEvent[] | string][] = [
  [[], request, [requested]],
  [[requested], request, []],
  [[requested, prepared], request, []],
  [[requested, prepared, downloaded], request, []],
  [[requested, failed], request, [requested]],
  [[], prepare, 'not-found'],
  [[requested], prepare, [prepared]],
  [[requested, prepared], prepare, []],
  [
    [requested, prepared],
    { type: 'MarkPrepared', data: { ...made, linkHash: 'new' } },
    [{ type: 'ExportPrepared', data: { ...about, ...made, linkHash: 'new' } }],
  ],
  [[requested, prepared, told], { type: 'MarkPrepared', data: { ...made, linkHash: 'new' } }, []],
  [[requested, expired], prepare, []],
  [[requested], tell, []],
  [[requested, prepared], tell, [told]],
  [[requested, prepared, told], tell, []],
  [[], download(0), 'not-found'],
  [[requested], download(0), 'conflict'],
  [[requested, prepared], download(999), [downloaded]],
  [[requested, prepared, told], download(999), [downloaded]],
  [[requested, prepared, told], download(1000), 'gone'],
  [[requested, prepared, told, downloaded], download(999), 'gone'],
  [[requested, prepared, told, expired], download(999), 'gone'],
  [[requested, failed], download(0), 'gone'],
  [[requested], expire, [expired]],
  [[requested, prepared], expire, [expired]],
  [[requested, prepared, expired], expire, []],
  [[requested, prepared, downloaded], expire, []],
  [[requested], fail, [failed]],
  [[requested, failed], fail, []],
  [[requested, prepared], fail, []],
];

for (const [given, when, then] of cases) {
  const name = `given ${given.map(({ type }) => type).join(', ') || 'nothing'}, when ${when.type}`;
  t.test(name, async (t: Test) => {
    const state = given.reduce(evolve, initialState);
    if (typeof then === 'string') {
      t.throws(() => decide(when, state), { name: 'CodedError', code: then });
    } else {
      const events = decide(when, state);
      t.same(events, then);
      const after = events.reduce(evolve, state);
      if (when.type !== 'BeginDownload') t.same(decide(when, after), [], 'repeated, it changes nothing');
    }
  });
}

t.test('what has no beginning changes nothing', async (t) => {
  t.same([prepared, told, downloaded, expired, failed].reduce(evolve, initialState), initialState);
});
