import type { ConsentCommand } from '../domain/consent/commands.js';
import { eventOf } from '../domain/consent/decide.js';
import { type ConsentState, evolve } from '../domain/consent/evolve.js';
import { commandsToJoin } from '../domain/consent/join.js';
import { type Admitted, admit, type DeclaredLinks, type MessageGroups, signalled } from './admission.js';
import type { CheckMessages, IncomingMessage, IngestRequest } from './incomingMessage.js';
import {
  answer,
  declaresLink,
  groupBySubject,
  type IngestionDependencies,
  settleAll,
  sumOf,
  toCommand,
} from './ingestMessages.js';

/**
 * What `createIngestMessages` would answer, found without a trace: nothing is appended, no key is made. What the messages
 * say of consent counts for the identities that they name, not for others that were linked to these before.
 */
export function createCheckMessages(
  dependencies: Pick<IngestionDependencies, 'journeys' | 'consents' | 'eventStore' | 'subjectOf'>,
): CheckMessages {
  const { journeys, consents, eventStore, subjectOf } = dependencies;

  return async (request) => {
    const { tenantId } = request;
    const groups = groupBySubject(request, subjectOf);
    const links = await settleAll(
      request.messages.filter(declaresLink).map((message) => declaredLink(tenantId, message)),
    );
    const { groups: admitted, suppressed } = await wouldAdmit(request, groups, links);
    const outcomes = await settleAll(
      [...admitted].map(([subject, group]) => checkGroup(tenantId, subject, group)),
    );
    let accepted = 0;
    let erased = 0;
    for (const [at, group] of [...admitted.values()].entries()) {
      const isNew = outcomes[at];
      if (isNew === undefined) erased += group.length;
      else accepted += isNew;
    }
    return answer(request, accepted, sumOf(suppressed) + erased, await eventStore.head());
  };

  /** How many of the messages are new to the journey; undefined where the person was erased. */
  function checkGroup(
    tenantId: string,
    subject: string,
    group: readonly IncomingMessage[],
  ): Promise<number | undefined> {
    const ids = new Set(group.map((message) => toCommand(tenantId, message, subjectOf).message.messageId));
    return journeys.peek(tenantId, subject, ({ messageIds }) => {
      let known = 0;
      for (const id of ids) if (messageIds.has(id)) known++;
      return ids.size - known;
    });
  }

  /** An alias names an earlier id of either kind: a user's where there is such a journey. */
  async function declaredLink(
    tenantId: string,
    { kind, userId = '', anonymousId = '', previousId = '' }: IncomingMessage,
  ) {
    const subject = subjectOf(tenantId, 'user', userId);
    if (kind !== 'alias') return { subject, earlier: subjectOf(tenantId, 'anonymous', anonymousId) };
    const user = subjectOf(tenantId, 'user', previousId);
    const isUser = await journeys.peek(tenantId, user, ({ started }) => started);
    return { subject, earlier: isUser === true ? user : subjectOf(tenantId, 'anonymous', previousId) };
  }

  /** `prepareAdmission` and `admit`, on states that are thrown away afterwards. */
  async function wouldAdmit(
    { tenantId, receivedAt, globalPrivacyControl = false }: IngestRequest,
    groups: MessageGroups,
    links: DeclaredLinks,
  ): Promise<Admitted> {
    const subjects = new Set([
      ...groups.keys(),
      ...links.flatMap(({ subject, earlier }) => [subject, earlier]),
    ]);
    const states = new Map(
      await settleAll(
        [...subjects].map(async (subject) => [subject, await consents.of(tenantId, subject)] as const),
      ),
    );
    for (const { subject, earlier } of links) join(states, subject, earlier);
    for (const [subject, group] of groups) {
      const state = states.get(subject);
      if (state === undefined) continue;
      states.set(subject, taking(state, signalled(state, group, globalPrivacyControl, receivedAt)));
    }
    const known = (_: string, subject: string) => states.get(subject);
    const admitted = admit({ policyOf: consents.policyOf, known }, tenantId, groups);
    if (admitted === undefined) throw new Error('a group was admitted whose consent was not read');
    return admitted;
  }
}

/** As `Consents.join`: what the two have decided together holds for both. */
function join(states: Map<string, ConsentState>, one: string, other: string): void {
  const [ofOne, ofOther] = [states.get(one), states.get(other)];
  if (one === other || ofOne === undefined || ofOther === undefined) return;
  const joined = taking(ofOne, commandsToJoin(ofOne, ofOther, other));
  states.set(one, joined);
  states.set(other, taking(ofOther, commandsToJoin(ofOther, joined, one)));
}

function taking(state: ConsentState, commands: readonly ConsentCommand[]): ConsentState {
  return commands.reduce((taken, command) => evolve(taken, eventOf(command), ''), state);
}
