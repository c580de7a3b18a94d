import type { Permission } from '../../domain/consent/policy.js';
import type { DecisionMade } from '../../domain/decision/events.js';
import type { HelpPolicy } from '../../domain/helpPolicy/policy.js';
import type { HelpCause, HelpWriting } from '../../domain/intervention/commands.js';
import type { FallbackText, MessageText } from '../../domain/intervention/events.js';
import { interventionIdFor } from '../../domain/intervention/streamName.js';
import type { Recorded } from '../../domain/metadata.js';
import type { HelpChannel, StrategyContent } from '../../domain/strategy/definition.js';
import type { Sealers } from '../../keyStore/sealing.js';
import type { LinksFor } from '../channel.js';
import { executeOnIntervention, type InterventionStreams, loadIntervention } from '../interventionStream.js';
import type { HelpPermission } from '../interventions.js';
import type { FallbackTexts } from './fallbackTexts.js';
import type { Reader } from './reader.js';
import type { StrategiesInForce } from './strategies.js';
import type { TextRequest, WriteText } from './writeText.js';

export interface WriteHelpPorts extends Pick<Sealers, 'isErased' | 'sealerOf'> {
  readonly streams: InterventionStreams;
  readonly permissionFor: HelpPermission;
  strategiesOf(tenantId: string): StrategiesInForce;
  policyOf(tenantId: string): HelpPolicy;
  readerOf(tenantId: string, subject: string, struggleId: string | null): Promise<Reader>;
  /** Whether the struggle was resolved since the decision was recorded (epoch milliseconds). */
  resolvedSince(tenantId: string, struggleId: string, since: number): Promise<boolean>;
  readonly linksFor: LinksFor;
  readonly writeText: WriteText;
  readonly fallbackTexts: FallbackTexts;
}

export type WriteHelp = (decided: Recorded<DecisionMade>) => Promise<void>;

/**
 * Words the help that was decided on and proposes it, with how the text came about, in one append to a stream of its own. What
 * changed while it was written counts: consent that was withdrawn, a struggle that was resolved. Repeated, it changes
 * nothing; nor does it for a person who was erased.
 */
export function createWriteHelp(ports: WriteHelpPorts): WriteHelp {
  const { streams } = ports;
  return async (decided) => {
    const { tenantId, recordedAt } = decided.metadata;
    const { decisionId, subject, chosen, trigger, struggleId, featureId, signalType, severity } =
      decided.event.data;
    if (chosen === null || chosen.arm === 'holdout' || chosen.channels.length === 0) return;
    const interventionId = interventionIdFor(decisionId, chosen.strategyId);
    const address = { tenantId, interventionId };
    const loaded = await loadIntervention(streams, address);
    if (loaded.state.status !== 'none') return;
    if (await ports.isErased(tenantId, subject)) return;
    const policy = ports.policyOf(tenantId);
    const content = contentOf(ports.strategiesOf(tenantId), chosen);
    const enabled = policy.enabled && content !== undefined;
    const stale = streams.now() - recordedAt > policy.staleAfter;
    const before = await permissions(ports, tenantId, subject, chosen.channels);
    const channel = before.find(({ permission }) => permission.allowed)?.channel;
    const written =
      enabled && !stale && channel !== undefined
        ? await writeFor(ports, chosen.channels, {
            ...{ tenantId, subject, content, policy, decidedAt: recordedAt },
            brief: { ...chosen, signalType, severity, featureId, channel },
            reader: await ports.readerOf(tenantId, subject, struggleId),
            clickOver: (over) => (url) =>
              ports.linksFor({ ...address, channel: over, subject, language: '' }).click(url),
          })
        : unwritten;
    const after = await permissions(ports, tenantId, subject, chosen.channels);
    const allowed = after.filter(({ permission }) => permission.allowed);
    const [first] = allowed.length > 0 ? allowed : after;
    if (first === undefined) return;
    const resolved = struggleId !== null && (await ports.resolvedSince(tenantId, struggleId, recordedAt));
    const sealer = await ports.sealerOf(tenantId, subject);
    if (sealer === undefined) return;
    const cause: HelpCause = {
      ...{ interventionId, decisionId, subject, strategy: chosen.strategyId },
      ...{ trigger, struggleId, featureId, signalType, severity },
    };
    const sealed = (text: MessageText | null) =>
      text && {
        ...text,
        title: sealer.seal(interventionId, 'title', text.title),
        body: sealer.seal(interventionId, 'body', text.body),
      };
    const data = {
      ...{ cause, writing: written.writing, expiresAt: chosen.expiresAt },
      text: sealed(written.text),
      fallbackTexts: written.fallbackTexts.map((each) => ({ ...each, text: sealed(each.text) })),
      facts: { enabled, stale, resolved, permission: first.permission },
      chosen: { ...chosen, channels: allowed.map(({ channel: each }) => each) },
    };
    await executeOnIntervention(streams, address, { type: 'ProposeIntervention', data }, decided, loaded);
  };
}

interface Written {
  readonly text: MessageText | null;
  readonly fallbackTexts: readonly FallbackText[];
  readonly writing: HelpWriting;
}

const unwritten: Written = { text: null, fallbackTexts: [], writing: { generated: null, refused: [] } };

/** For the channel that is tried first, and for the others what fits them. */
async function writeFor(
  { writeText, fallbackTexts }: WriteHelpPorts,
  channels: readonly HelpChannel[],
  request: TextRequest,
): Promise<Written> {
  const { text, writing } = await writeText(request);
  if (text === null) return { text, fallbackTexts: [], writing };
  const others = channels.filter((channel) => channel !== request.brief.channel);
  const { texts, refused } = await fallbackTexts(text, request, others);
  return { text, fallbackTexts: texts, writing: { ...writing, refused: [...writing.refused, ...refused] } };
}

/** As it is now: undefined where the strategy was retired since. */
function contentOf(
  { known }: StrategiesInForce,
  { strategyId, variant }: { readonly strategyId: string; readonly variant: string | null },
): StrategyContent | undefined {
  const definition = known.get(strategyId)?.definition;
  const own = definition?.variants.find(({ id }) => id === variant)?.content;
  return definition && { ...definition.content, ...own };
}

/** What consent says of each channel now. */
async function permissions(
  { permissionFor }: WriteHelpPorts,
  tenantId: string,
  subject: string,
  channels: readonly HelpChannel[],
): Promise<readonly { readonly channel: HelpChannel; readonly permission: Permission }[]> {
  return Promise.all(
    channels.map(async (channel) => ({
      channel,
      permission: await permissionFor(tenantId, subject, channel),
    })),
  );
}
