/** Who may import whom. Each rule names the part that is held back; what is not named is free. */
const sources = '^(packages/[^/]+|db|apps/[^/]+|workers/[^/]+|infra)/';
const part = (name, path, allowed) => ({
  name,
  severity: 'error',
  from: { path },
  to: { path: sources, pathNot: [path, ...allowed] },
});

export default {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    { name: 'no-tests-in-product', severity: 'error', from: { path: '/src/' }, to: { path: '(^|/)test/' } },
    part('contract-imports-nothing', '^packages/contract/', []),
    part('archive-imports-nothing', '^packages/archive/', []),
    part('formats-import-contract-only', '^packages/formats/', ['^packages/contract/']),
    part('pictures-imports-contract-only', '^packages/pictures/', ['^packages/contract/']),
    part('prediction-imports-contract-and-formats-only', '^packages/prediction/', ['^packages/(contract|formats)/']),
    part('worker-agent-imports-contract-only', '^packages/worker-agent/', ['^packages/contract/']),
    part('db-imports-contract-only', '^db/', ['^packages/contract/']),
    part('api-never-imports-workers-or-infra', '^apps/api/src/', ['^packages/', '^db/']),
    part('web-imports-what-runs-in-browsers-only', '^apps/web/', ['^packages/(contract|archive|prediction)/']),
    part('workers-import-contract-and-formats-only', '^workers/[^/]+/src/', ['^packages/']),
    {
      name: 'trainer-knows-no-network-and-no-database',
      severity: 'error',
      comment: 'The same trainer runs from the command line, in a test and in a container.',
      from: { path: '^workers/gpu/src/(engine|model|data|train|evaluate|checkpoint|weights|export|commands)/' },
      to: { path: ['^workers/gpu/src/agent/', '^(node:)?(http|https|http2|net|tls|dgram|dns)$'] },
    },
    {
      name: 'no-undeclared-packages',
      severity: 'error',
      from: { path: '/src/' },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'npm-dev'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['\\.d\\.ts$', '(^|/)\\.next/'] },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: false,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'], extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'], mainFields: ['module', 'main'] },
    skipAnalysisNotInRules: false,
  },
};
