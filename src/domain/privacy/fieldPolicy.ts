/**
 * What is done with a field. `encrypt`: every value below it is sealed under the person's key. `drop`: it is left out.
 * `keep`: it stays, unless it is found to be personal. `redact`: it stays readable, only the personal values within its
 * texts make way for their kind (`[email]`). `generalise`: an age or birthday becomes `ageGroup`, an IP address its network.
 */
export const fieldActions = ['encrypt', 'drop', 'keep', 'generalise', 'redact'] as const;
export type FieldAction = (typeof fieldActions)[number];

export interface FieldRule {
  /**
   * Names parted by dots, from the message's own field on: `traits.email`, `context.ip`, `properties.form.*`. `*` stands for
   * any one name. A rule also holds for everything below its field (`traits.**` says the same as `traits`). Items of a list
   * have the path of the list. Capitals, `_` and `-` make no difference.
   */
  readonly path: string;
  readonly action: FieldAction;
  /** With `keep`: the value is never personal, whatever it looks like, and is not examined. */
  readonly unexamined?: boolean;
}

/**
 * Of one tenant. Its rules stand above the default ones: the rule with the longest path decides, then the one with more
 * names instead of `*`, then the tenant's own.
 */
export interface FieldPolicy {
  readonly rules: readonly FieldRule[];
  /** What becomes of a kept value that is found to be personal, by its looks or its field's name. */
  readonly detected: 'encrypt' | 'drop' | 'redact';
}

export const defaultFieldPolicy: FieldPolicy = { rules: [], detected: 'encrypt' };

/** Traits that say nothing of who somebody is. */
const impersonalTraits = [
  ['plan', 'tier', 'role', 'status', 'language', 'locale', 'timezone', 'createdAt', 'ageGroup', 'industry'],
  ['notificationFrequency', 'contentComplexity', 'preferredInteractionStyle', 'communicationChannels'],
].flat();

/** What read models are keyed or grouped by: sealed, every value would be another one. */
const keyFields = [
  ['name', 'category', 'groupId'],
  ['feature', 'featureId', 'formId', 'taskId', 'errorCode', 'error', 'selector', 'elementId', 'target'].map(
    inProperties,
  ),
  ['signalType', 'outcome', 'assetId', 'contentAssetId', 'contentAssetIds', 'videoId'].map(inProperties),
  ['category', 'genre', 'topic'].map(inProperties),
  ['clientSessionId', 'sessionId', 'locale', 'userAgent', 'device.type', 'device.model', 'os.name'].map(
    inContext,
  ),
].flat();

/** Addresses of pages, which dashboards need; what is personal in them is taken out. */
const pageFields = [
  ['page.url', 'page.path', 'page.referrer', 'page.search', 'page.title', 'referrer'].map(inContext),
  ['url', 'path', 'referrer', 'search', 'title', 'href', 'linkUrl', 'targetUrl', 'pageLocation'].map(
    inProperties,
  ),
  ['pageReferrer', 'pagePath', 'pageTitle'].map(inProperties),
].flat();

function inProperties(name: string): string {
  return `properties.${name}`;
}

function inContext(name: string): string {
  return `context.${name}`;
}

function rulesFor(paths: readonly string[], action: FieldAction): FieldRule[] {
  return paths.map((path) => ({ path, action }));
}

/** Hold for every tenant where it says nothing else. What no rule names is kept as far as it is not found to be personal. */
export const defaultRules: readonly FieldRule[] = [
  ...rulesFor(['identity', 'anonymousId', 'previousId', 'context.ip', 'traits.*'], 'encrypt'),
  ...rulesFor(
    impersonalTraits.map((name) => `traits.${name}`),
    'keep',
  ),
  ...rulesFor(['traits.age', 'traits.birthday', 'traits.birthdate', 'traits.dateOfBirth'], 'generalise'),
  ...rulesFor(['context.device.name', 'context.device.id', 'context.device.token'], 'encrypt'),
  ...rulesFor([...keyFields, ...pageFields], 'redact'),
];

/** Fields that a rule may name as the first of its path. */
export const firstNames: ReadonlySet<string> = new Set([
  'identity',
  'anonymousId',
  'previousId',
  'name',
  'category',
  'groupId',
  'properties',
  'context',
  'traits',
]);

export const mustStayReadable: ReadonlySet<string> = new Set(keyFields);
