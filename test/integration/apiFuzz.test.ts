import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWorld, type World } from './access/world.ts';
import { configurationFor } from './fuzz/configuration.ts';
import { installSchemathesis } from './fuzz/installSchemathesis.ts';

const program = installSchemathesis();
if (typeof program === 'string') console.warn(`The API is not asked at random. ${program}`);

/** Cases of each operation in the random phase. A long run: THAW_FUZZ_EXAMPLES=100, and another THAW_FUZZ_SEED. */
const examples = process.env['THAW_FUZZ_EXAMPLES'] ?? '2';
const seed = process.env['THAW_FUZZ_SEED'] ?? '1';

describe.skipIf(typeof program === 'string')('Schemathesis', () => {
  let world: World;
  beforeAll(async () => {
    world = await startWorld({ REQUESTS_PER_MINUTE: '0', LOG_LEVEL: 'info' });
  });
  afterAll(async () => world?.api.stop());

  it('finds no answer that the OpenAPI document does not say', { timeout: 3_600_000 }, async () => {
    if (typeof program === 'string') return;
    const { api, root } = world;
    const folder = mkdtempSync(path.join(api.servers.folder, 'fuzz-'));
    writeFileSync(path.join(folder, 'schemathesis.toml'), await configurationFor(world));
    const args = ['--config-file', 'schemathesis.toml', '--no-color', 'run', `${api.url}/v1/openapi.json`, '--checks', 'all', '-n', examples, '--seed', seed];
    args.push('--generation-database', 'none', '--continue-on-failure', '-H', `Authorization: Bearer ${root.key}`, '-H', 'Prefer: wait=0');
    const child = spawn(program.command, [...program.args, ...args], { cwd: folder, env: program.env });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
    const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve));
    const unexpected = api.logged.filter((line) => /"level":50/.test(line));
    const shown = output.split('\n').map((line) => line.slice(0, 400));
    console.log(shown.slice(shown.findIndex((line) => line.includes('SUMMARY'))).join('\n'));
    expect({ code, unexpected, output: code === 0 ? '' : shown.join('\n') }).toEqual({ code: 0, unexpected: [], output: '' });
  });
});
