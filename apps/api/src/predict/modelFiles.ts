import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, mkdtempSync, rmSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { unavailable } from '../errors.ts';
import type { Storage } from '../storage/storage.ts';

interface StoredModel {
  key: string;
  bytes: number;
  /** Hex. */
  sha256: string;
}

export interface ModelFilesOptions {
  storage: Pick<Storage, 'save'>;
  /** Where files stay for the next start; null: in a folder of this process's own, which goes with it. */
  folder: string | null;
  maxBytes?: number;
}

/** Files of models on this machine's disk, by their hash. */
export interface ModelFiles {
  /** The path of a file, fetched where it is not here yet. @throws unavailable */
  get: (model: StoredModel) => Promise<string>;
  close: () => void;
}

const gibibyte = 2 ** 30;
/** Files used within so many milliseconds are left alone: a process may be about to open one. */
const inUseMilliseconds = 60_000;

/** Whatever lies in the folder is believed only after its hash has been looked at, once. */
export function openModelFiles({ storage, folder, maxBytes = 2 * gibibyte }: ModelFilesOptions): ModelFiles {
  let made: string | null = null;
  const place = (): string => folder ?? (made ??= mkdtempSync(path.join(tmpdir(), 'thaw-models-')));
  /** By hash; the last one used comes last. */
  const known = new Map<string, { bytes: number; usedAt: number }>();
  const underWay = new Map<string, Promise<void>>();

  const pathOf = (sha256: string): string => path.join(place(), `${sha256}.onnx`);

  async function bring({ key, bytes, sha256 }: StoredModel): Promise<void> {
    const file = pathOf(sha256);
    await mkdir(place(), { recursive: true, mode: 0o700 });
    const there = await stat(file).catch(() => null);
    if (there?.size === bytes && (await hashOf(file)) === sha256) return;
    const temporary = `${file}.${randomUUID()}`;
    try {
      const found = await storage.save(key, temporary);
      if (found !== sha256) throw unavailable('The model in the storage is damaged. Delete its export, and have it made again.', new Error(`${key} has the hash ${found}`));
      await rename(temporary, file);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async function makeRoom(): Promise<void> {
    let total = [...known.values()].reduce((sum, { bytes }) => sum + bytes, 0);
    for (const [sha256, { bytes, usedAt }] of known) {
      if (total <= maxBytes || performance.now() - usedAt < inUseMilliseconds) break;
      known.delete(sha256);
      total -= bytes;
      await rm(pathOf(sha256), { force: true });
    }
  }

  return {
    get: async (model) => {
      const { sha256, bytes } = model;
      const present = known.has(sha256) && (await stat(pathOf(sha256)).catch(() => null)) !== null;
      if (!present) {
        const fetching = underWay.get(sha256) ?? bring(model).finally(() => underWay.delete(sha256));
        underWay.set(sha256, fetching);
        await fetching;
      }
      known.delete(sha256);
      known.set(sha256, { bytes, usedAt: performance.now() });
      if (!present) await makeRoom();
      return pathOf(sha256);
    },
    close: () => {
      if (made !== null) rmSync(made, { recursive: true, force: true });
    },
  };
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}
