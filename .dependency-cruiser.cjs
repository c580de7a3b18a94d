/**
 * The layering of the architecture: dependencies point inward.
 * `from` may import what its rule does not forbid; main.ts is the one composition root.
 */
const layer = (name, allowed, extra = {}) => ({
  name: `${name}-layer`,
  severity: 'error',
  from: { path: `^src/${name}/` },
  to: { path: '^src/', pathNot: [name, ...allowed].map((folder) => `^src/${folder}`), ...extra },
});

module.exports = {
  forbidden: [
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'domain-is-pure',
      comment: 'No Node API, no library, no clock: the domain is data in, data out.',
      severity: 'error',
      from: { path: '^src/domain/' },
      to: { pathNot: '^src/domain/' },
    },
    layer('eventStore', ['domain/', 'keyStore/']),
    layer('keyStore', ['domain/']),
    layer('documentStore', ['domain/']),
    layer('sharedState', ['domain/']),
    layer('commands', ['domain/', 'keyStore/', 'eventStore/eventStore[.]ts$', 'eventStore/codec[.]ts$']),
    layer('processors', [
      'domain/',
      'eventStore/eventStore[.]ts$',
      'eventStore/codec[.]ts$',
      'documentStore/documentStore[.]ts$',
      'sharedState/sharedState[.]ts$',
    ]),
    layer('audit', [
      'domain/',
      'eventStore/(eventStore|eventTypes|codec)[.]ts$',
      'documentStore/documentStore[.]ts$',
      'processors/processors[.]ts$',
      'projections/audit/',
    ]),
    layer('projections', [
      'domain/',
      'processors/',
      'documentStore/documentStore[.]ts$',
      'eventStore/eventStore[.]ts$',
      'audit/(leaf|merkleTree)[.]ts$',
    ]),
    layer('reactors', [
      'domain/',
      'commands/',
      'processors/',
      'documentStore/documentStore[.]ts$',
      'projections/documentId[.]ts$',
      'projections/[^/]+/document[.]ts$',
    ]),
    layer('queries', [
      'domain/',
      'eventStore/(eventStore|codec)[.]ts$',
      'keyStore/',
      'audit/',
      'documentStore/documentStore[.]ts$',
      'projections/',
      'processors/',
    ]),
    layer('integrations', [
      'domain/',
      'eventStore/',
      'keyStore/',
      'documentStore/',
      'sharedState/',
      'commands/',
      'audit/',
      'processors/',
      'reactors/',
    ]),
    layer('http', [
      'domain/',
      'keyStore/',
      'commands/',
      'queries/',
      'processors/',
      'projections/[^/]+/document[.]ts$',
    ]),
    {
      name: 'integrations-are-composed',
      comment: 'Adapters are chosen in the composition root alone.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(integrations|composition)/' },
      to: { path: '^src/integrations/' },
    },
    {
      name: 'engines-are-loaded-where-they-are-used',
      comment:
        'A start on a folder must not wait for the clients of servers to be loaded: `await import(…)`.',
      severity: 'error',
      from: {
        path: '^src/',
        pathNot:
          '^src/(integrations/|composition/(mongoInstallation|mongoKeys|movingInstallation|copying)[.]ts$)',
      },
      to: {
        path: '^src/(integrations/(eventstoredb|mongodb|redis)/|composition/(mongoInstallation|mongoKeys|movingInstallation|copying)[.]ts$)',
        dependencyTypesNot: ['dynamic-import', 'type-only'],
      },
    },
    {
      name: 'nothing-imports-main',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^src/main[.]ts$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.build.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
