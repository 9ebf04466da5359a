import { describe, expect, it } from 'vitest';
import { newAttemptToken, newKey } from '../src/auth/tokens.ts';
import { readDispatcherEnvironment, readServerEnvironment, workerEnvironment } from '../src/environment.ts';
import { createLog } from '../src/log.ts';

describe('the log', () => {
  const lines: string[] = [];
  const log = createLog('test', 'info', (line) => void lines.push(line));

  it.each([
    ['a presigned address', 'http://s3/bucket/key?X-Amz-Credential=SECRET%2Fus&x-id=PutObject&X-Amz-Signature=SECRET'],
    ['a key', newKey().key.replace(/_[^_]{43}$/, (secret) => secret.replace(/.{6}$/, 'SECRET'))],
    ['an attempt token', newAttemptToken().token.replace(/.{6}$/, 'SECRET')],
    ['a database address', 'postgres://thaw:SECRET@localhost:5432/thaw'],
    ['a header', 'Authorization: Bearer SECRET'],
  ])('keeps %s to itself, wherever it stands', (_, secret) => {
    lines.length = 0;
    log.info({ at: { deep: secret } }, `it was ${secret}`);
    log.error({ err: new Error(`no ${secret}`, { cause: new Error(secret) }) });
    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toContain('SECRET');
    expect(lines.join('')).toContain('[redacted]');
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });
});

describe('the environment', () => {
  const server = { DATABASE_URL: 'postgres://u:SECRET@h/d', S3_ENDPOINT: 'http://s', S3_BUCKET: 'b', S3_ACCESS_KEY_ID: 'k', S3_SECRET_ACCESS_KEY: 's', AUTH_SECRET: 'SECRET'.repeat(6) };

  it('is completed: a heartbeat three times a lease, a launcher that launches nothing', () => {
    expect(readServerEnvironment({ ...server, LEASE_SECONDS: '6' })).toMatchObject({ LEASE_SECONDS: 6, HEARTBEAT_SECONDS: 2, PORT: 3001 });
    expect(readDispatcherEnvironment({ DATABASE_URL: server.DATABASE_URL })).toMatchObject({ THAW_LAUNCHER: 'none' });
    const launching = { DATABASE_URL: server.DATABASE_URL, THAW_LAUNCHER: 'process', THAW_WORKER_COMMAND: '["node","main.ts"]' };
    expect(readDispatcherEnvironment(launching)).toMatchObject({ THAW_WORKER_COMMAND: ['node', 'main.ts'], MAX_WORKERS: 1 });
  });

  it.each([
    [{ ...server, DATABASE_URL: 'SECRET' }, /DATABASE_URL is the address of the database/],
    [{ ...server, S3_BUCKET: '' }, /S3_BUCKET is the name of the bucket/],
    [{ ...server, HEARTBEAT_SECONDS: '20' }, /HEARTBEAT_SECONDS must be half of LEASE_SECONDS at most/],
    [{ ...server, METRICS_TOKEN: 'SECRET' }, /METRICS_TOKEN must be 16 characters or more/],
    [{ ...server, CORS_ORIGINS: 'https://a.example.org,*' }, /CORS_ORIGINS must be origins such as/],
    [{ ...server, TRUSTED_PROXIES: '10.0.0.0/8, proxy' }, /TRUSTED_PROXIES must be addresses or networks/],
    [{ ...server, SMTP_URL: 'smtp://u:SECRET@mail' }, /MAIL_FROM is the sender of mails/],
    [{ ...server, GITHUB_CLIENT_ID: 'id' }, /GITHUB_CLIENT_ID and its secret go together/],
  ])('is refused with the variable at fault and without its value', (variables, words) => {
    expect(() => readServerEnvironment(variables)).toThrow(words);
    expect(() => readServerEnvironment(variables)).not.toThrow(/SECRET/);
  });

  it.each(['node main.ts', '[]', '{"a":1}', '[1]'])('takes no %s for the command of a worker', (command) => {
    expect(() => readDispatcherEnvironment({ ...server, THAW_LAUNCHER: 'process', THAW_WORKER_COMMAND: command })).toThrow(/THAW_WORKER_COMMAND/);
  });

  it('of a worker holds what it needs and no credential of ours', () => {
    const passed = { PATH: '/bin', THAW_API_URL: 'http://a', THAW_WORKER_TOKEN: 't', CUDA_VISIBLE_DEVICES: '0', TF_FORCE_GPU_ALLOW_GROWTH: 'true', NODE_EXTRA_CA_CERTS: '/ca' };
    expect(workerEnvironment({ ...server, ...passed, AWS_SECRET_ACCESS_KEY: 'x', GITHUB_TOKEN: 'x', THAW_WORKER_COMMAND: '[]' })).toEqual({ ...passed, THAW_STORAGE: 'internal', THAW_STOP_SECONDS: '38' });
    expect(workerEnvironment({ ...passed, THAW_STORAGE: 'public', THAW_STOP_SECONDS: '20' })).toEqual({ ...passed, THAW_STORAGE: 'public', THAW_STOP_SECONDS: '20' });
  });
});
