import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const chart = 'infra/kubernetes';
const templates = readdirSync(path.join(root, chart, 'templates')).map((name) => read(`${chart}/templates/${name}`)).join('\n');
const schema = JSON.parse(read(`${chart}/values.schema.json`)) as { properties: { config: { properties: object }; image: { properties: { digests: { properties: object } } }; workers: { properties: { environment: { properties: object } } } } };

/** Where programs say what they read of their environment. */
const readers = [
  ...['environment.ts', 'accounts/accountEnvironment.ts', 'dispatch/workerImages.ts', 'dispatch/kubernetes/jobSettings.ts'].map((file) => `apps/api/src/${file}`),
  ...['packages/worker-agent/src/workerProcess.ts', 'workers/gpu/src/agent/environment.ts', 'workers/ingest/src/agent/environment.ts', 'apps/web/src/environment.ts', 'infra/docker/seed.ts'],
];

it('gives and takes no variable of which no program knows', () => {
  const source = readers.map(read).join('\n');
  const given = [...templates.matchAll(/name: (?:\{\{ )?"?([A-Z][A-Z0-9_]+)\b|"variable" "([A-Z0-9_]+)"|"((?:MAX|S3|THAW)_[A-Z_]+)"/g)].map(([, ...names]) => names.find((name) => name !== undefined) ?? '');
  // Put together in the template.
  const kinds = ['WORKER', 'INGEST', 'TASK'].flatMap((kind) => [`THAW_${kind}_IMAGE`, `THAW_${kind}_POD`]);
  const names = new Set([...given.filter((name) => name !== 'THAW_'), ...kinds, ...Object.keys(schema.properties.config.properties), ...Object.keys(schema.properties.workers.properties.environment.properties)]);
  // The system's own.
  names.delete('TZ');
  expect(names.size).toBeGreaterThan(50);
  expect([...names].filter((name) => !new RegExp(`\\b${name}\\b`).test(source))).toEqual([]);
});

it('is of the same version as all else, and knows the images that there are', () => {
  const { version } = JSON.parse(read('package.json')) as { version: string };
  expect(read(`${chart}/Chart.yaml`)).toContain(`\nversion: ${version}\nappVersion: ${version}\n`);
  const targets = [...read('infra/docker/Dockerfile').matchAll(/^FROM service AS ([\w-]+)$/gm)].map(([, name]) => name);
  expect(Object.keys(schema.properties.image.properties.digests.properties).sort()).toEqual(targets.sort());
});

it('has KEDA ask for a metric that there is', () => {
  const [, metric = ''] = /valueLocation: \{\{ printf "(\w+)\{queue=%q\}"/.exec(templates) ?? [];
  expect(read('apps/api/src/telemetry/wantedWorkers.ts')).toContain(`name: '${metric}'`);
});
