import type { JsonObject, JsonValue } from '../domain/json.js';

export const deviceTypes = ['desktop', 'mobile', 'tablet', 'tv', 'other', 'unknown'] as const;
export type DeviceType = (typeof deviceTypes)[number];

/** What the client's context says of the device; texts are cut at 100 characters. */
export interface Device {
  readonly type: DeviceType;
  readonly os: string | null;
  readonly model: string | null;
  readonly locale: string | null;
}

const known: ReadonlyMap<string, DeviceType> = new Map([
  ['web', 'desktop'],
  ['browser', 'desktop'],
  ['desktop', 'desktop'],
  ['ios', 'mobile'],
  ['android', 'mobile'],
  ['mobile', 'mobile'],
  ['phone', 'mobile'],
  ['smartphone', 'mobile'],
  ['tablet', 'tablet'],
  ['ipad', 'tablet'],
  ['tv', 'tv'],
]);

/** By Segment's `context.device.type`, else by the user agent; `unknown` where neither is given. */
export function deviceTypeOf(context: JsonObject | undefined): DeviceType {
  if (context === undefined) return 'unknown';
  const type = field(context.device, 'type');
  if (typeof type === 'string') return known.get(type) ?? known.get(type.toLowerCase()) ?? 'other';
  const agent = context.userAgent;
  if (typeof agent !== 'string') return 'unknown';
  if (agent.includes('iPad') || agent.includes('Tablet')) return 'tablet';
  return agent.includes('Mobi') ? 'mobile' : 'desktop';
}

export function deviceOf(context: JsonObject): Device {
  return {
    type: deviceTypeOf(context),
    os: text(field(context.os, 'name')),
    model: text(field(context.device, 'model')),
    locale: text(context.locale),
  };
}

function field(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value[name] : undefined;
}

function text(value: JsonValue | undefined): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, 100) : null;
}
