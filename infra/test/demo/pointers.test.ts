import type { Run } from '@thaw/contract/runs';
import { expect, it } from 'vitest';
import { readDemoArguments } from '../../src/demo/demoArguments.ts';
import { fetchCommands, openAddresses, startCommand } from '../../src/demo/pointers.ts';

const run = { id: 'run_1', curves: [{ name: 'iterations.csv' }] } as Run;
const checkpoint = { epoch: 5, step: 1, attempt: 1, best: true, files: [], createdAt: '2025-01-01T00:00:00Z', pinned: false, expiresAt: null };
const addresses = { dashboard: null, api: 'http://localhost:3001', email: 'local@thaw.invalid', password: 'secret', apiKey: 'secret', databaseUrl: 'secret', s3: { endpoint: 'http://127.0.0.1:3003', region: '', bucket: 'thaw', accessKeyId: '', secretAccessKey: 'secret' } };

it('names commands that a shell takes as they are', () => {
  expect(fetchCommands({ run, checkpoints: [checkpoint], metrics: { iterations: [], epochs: [] } }, addresses, "/my folder/it's/api-key")).toEqual([
    `  curl -fL -o model.safetensors -H "Authorization: Bearer $(cat '/my folder/it'\\''s/api-key')" \\`,
    `    http://localhost:3001/v1/runs/run_1/checkpoints/5/safetensors`,
    `  curl -fL -o iterations.csv -H "Authorization: Bearer $(cat '/my folder/it'\\''s/api-key')" \\`,
    `    http://localhost:3001/v1/runs/run_1/curves/iterations.csv`,
  ]);
  const empty = { run: { ...run, curves: [] }, checkpoints: [], metrics: { iterations: [], epochs: [] } };
  expect(fetchCommands(empty, addresses, '/state/api-key')).toEqual([]);
});

it('names the command that opens the same stack again', () => {
  const { firstPort, stateFolder } = readDemoArguments([], {});
  expect(startCommand({ firstPort, stateFolder })).toBe('npm start');
  expect(startCommand({ firstPort: 4000, stateFolder: '/my state' })).toBe("npm start -- --port 4000 --state '/my state'");
});

it('shows no secret and no dashboard that is not there', () => {
  expect(openAddresses(addresses, '/state/api-key').join('\n')).not.toMatch(/secret|dashboard/);
  expect(openAddresses({ ...addresses, dashboard: 'http://localhost:3000' }, '/state/api-key')[0]).toBe('  dashboard  http://localhost:3000');
});
