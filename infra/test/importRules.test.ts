import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = path.resolve(import.meta.dirname, '../..');
let tree: string;

function write(file: string, text: string): void {
  mkdirSync(path.dirname(path.join(tree, file)), { recursive: true });
  writeFileSync(path.join(tree, file), text);
}

beforeAll(() => {
  tree = mkdtempSync(path.join(tmpdir(), 'thaw-rules-'));
  for (const file of ['tsconfig.json', '.dependency-cruiser.mjs']) cpSync(path.join(root, file), path.join(tree, file));
  const workspaces = { contract: 'packages/contract', db: 'db', api: 'apps/api', worker: 'workers/gpu' };
  mkdirSync(path.join(tree, 'node_modules/@thaw'), { recursive: true });
  for (const [name, folder] of Object.entries(workspaces)) {
    write(`${folder}/package.json`, JSON.stringify({ name: `@thaw/${name}`, type: 'module', exports: { './*': './src/*.ts' } }));
    symlinkSync(path.join(tree, folder), path.join(tree, 'node_modules/@thaw', name));
  }
  write('node_modules/pino/package.json', JSON.stringify({ name: 'pino', main: 'pino.js' }));
  write('node_modules/pino/pino.js', 'module.exports = {};');
});
afterAll(() => rmSync(tree, { recursive: true, force: true }));

it('finds each planted breach of the import rules, through package names and relative paths alike', { timeout: 60_000 }, () => {
  write('packages/contract/src/circle.ts', `import '@thaw/contract/back';\n`);
  write('packages/contract/src/back.ts', `import './circle.ts';\n`);
  write('packages/contract/src/upward.ts', `import type { X } from '@thaw/db/client';\nexport type Y = X;\n`);
  write('db/src/client.ts', `import pino from 'pino';\nexport type X = typeof pino;\n`);
  write('apps/api/src/app.ts', `import '@thaw/worker/train/loop';\n`);
  write('workers/gpu/src/train/loop.ts', `import 'node:http';\nimport '../../../../db/src/client.ts';\nimport '@thaw/contract/missing';\n`);

  const args = ['--config', '.dependency-cruiser.mjs', 'packages', 'db', 'apps', 'workers'];
  const result = spawnSync(path.join(root, 'node_modules/.bin/depcruise'), args, { cwd: tree, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
  const found = [...result.stdout.matchAll(/^\s*error ([\w-]+): (\S+)/gm)].map(([, rule, file]) => `${rule}: ${file}`);
  expect(found.sort()).toEqual([
    'api-never-imports-workers-or-infra: apps/api/src/app.ts',
    'contract-imports-nothing: packages/contract/src/upward.ts',
    'no-circles: packages/contract/src/back.ts',
    'no-undeclared-packages: db/src/client.ts',
    'not-resolvable: workers/gpu/src/train/loop.ts',
    'trainer-knows-no-network-and-no-database: workers/gpu/src/train/loop.ts',
    'workers-import-contract-and-formats-only: workers/gpu/src/train/loop.ts',
  ]);
  expect(result.status).not.toBe(0);
});
