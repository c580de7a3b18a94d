import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import { formatPublicKey } from '../audit/signedHead.js';
import { type Anchor, openTreeHeads, type TreeHeads } from '../audit/treeHeads.js';
import type { Configuration } from '../config.js';
import { CodedError } from '../domain/errors.js';
import { fileAnchor } from '../integrations/anchors/fileAnchor.js';
import { httpAnchor } from '../integrations/anchors/httpAnchor.js';
import { liveReader } from '../queries/documentReader.js';
import type { Application } from './application.js';
import type { Stores } from './stores.js';

/** Milliseconds between two looks whether a trail grew. */
const signingInterval = 60_000;
/** Milliseconds that heads are still handed to the anchor when the server stops; the next start goes on. */
const farewell = 5_000;

/** The heads of the audit trails, signed with the installation's key. The processors must have been started. */
export async function openAuditTrail(
  { auditAnchor }: Pick<Configuration, 'auditAnchor'>,
  { documentStore, openAuditKey }: Pick<Stores, 'documentStore' | 'openAuditKey'>,
  { processors }: Application,
  log: Logger,
): Promise<TreeHeads> {
  const key = await openAuditKey();
  log.info(
    { keyId: key.keyId, publicKey: formatPublicKey(key.publicKey) },
    'audit heads are signed with this key',
  );
  return openTreeHeads({
    documentStore,
    trail: liveReader(documentStore, processors),
    key,
    anchor: auditAnchor === undefined ? undefined : openAnchor(auditAnchor),
    now: Date.now,
  });
}

function openAnchor(url: string): Anchor {
  return url.startsWith('file:') ? fileAnchor(fileURLToPath(url)) : httpAnchor(url);
}

/** Returns what ends it, with one last round: what was recorded until now is then signed. */
export function signHeadsForEver(heads: TreeHeads, log: Logger): () => Promise<void> {
  const stopping = new AbortController();
  const round = async (signal: AbortSignal) => {
    try {
      await heads.signAndAnchor(signal);
    } catch (error) {
      const reason = error instanceof CodedError ? error.message : undefined;
      log.error(
        { err: error, reason },
        'audit heads were not signed or anchored; the next round tries again',
      );
    }
  };
  const running = (async () => {
    while (!stopping.signal.aborted) {
      await round(stopping.signal);
      await wait(signingInterval, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    await round(AbortSignal.timeout(farewell));
  })();
  return () => {
    stopping.abort();
    return running;
  };
}
