import { isIP } from 'node:net';
import type { IncomingMessage } from '../../commands/incomingMessage.js';
import type { JsonObject } from '../../domain/json.js';
import { readIdentifier } from './identifier.js';
import type { Rejection } from './rejections.js';
import type { SegmentMessage } from './segmentMessage.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Adds to a message whose ids and time are known what the person did, kind by kind. */
export function addContent(
  base: Mutable<IncomingMessage>,
  message: SegmentMessage,
): IncomingMessage | Rejection {
  addContext(base, message.context);
  switch (message.type) {
    case 'track':
      base.name = message.event;
      if (message.category) base.category = message.category;
      if (message.properties) base.properties = message.properties;
      return base;
    case 'page':
    case 'screen':
      if (message.name) base.name = message.name;
      if (message.category) base.category = message.category;
      if (message.properties) base.properties = message.properties;
      return base;
    case 'identify':
      if (message.traits) base.traits = message.traits;
      return base;
    case 'group': {
      const groupId = readIdentifier(message.groupId);
      if (!groupId) return { code: 'invalid-group-id' };
      base.groupId = groupId;
      // The group's traits; those of the person in the context give way.
      if (message.traits) base.traits = message.traits;
      return base;
    }
    case 'alias': {
      const previousId = readIdentifier(message.previousId);
      if (!previousId) return { code: 'invalid-previous-id' };
      base.previousId = previousId;
      return base;
    }
    default:
      return message satisfies never;
  }
}

/**
 * The IP address and the traits are personal and leave the context. The address is only ever the one the client names:
 * that of the connection is not looked at.
 */
function addContext(base: Mutable<IncomingMessage>, context: JsonObject | null | undefined): void {
  if (!context) return;
  if (context.ip === undefined && context.traits === undefined) {
    base.context = context;
    return;
  }
  const { ip, traits, ...rest } = context;
  base.context = rest;
  if (typeof ip === 'string' && isIP(ip) !== 0) base.ip = ip;
  if (typeof traits === 'object' && traits !== null && !Array.isArray(traits)) base.traits = traits;
}
