import path from 'node:path';
import { parseArgs } from 'node:util';
import { createDatasetRequest, ingestOptions } from '@thaw/contract/datasets';
import { UsageError } from '../stack/stackError.ts';
import { fromCaller, readStackArguments } from '../stackArguments.ts';

export const usage = `npm run upload -- PATH [options]

  PATH                    a zip, tar, tar.gz or tar.zst file, or a folder: a folder of images for each class
  --name NAME             name of the data set (default: that of the file or folder)
  --size N                side of the stored images in pixels, 32 to 256 (default: by the images, 224 at most)
  --api URL               address of the API (default: that of the local stack)
  --key KEY               API key (default: that of the local stack; THAW_API_KEY keeps it out of the list of processes)
  --state DIR             state folder of the local stack (default: .thaw in the checkout)
  --json FILE             write the data set with its classes, status and report
  --cancel-on-interrupt   Ctrl-C gives the upload up; without it the same command goes on later`;

export interface UploadArguments {
  path: string;
  name: string;
  imageSize: number | null;
  api: string | null;
  key: string | null;
  stateFolder: string;
  jsonFile: string | null;
  cancelOnInterrupt: boolean;
}

/** Reads the command line; null where help is asked for. @throws UsageError with a sentence */
export function readUploadArguments(args: readonly string[], env: NodeJS.ProcessEnv): UploadArguments | null {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const options = { name: text, size: text, api: text, key: text, state: text, json: text, 'cancel-on-interrupt': flag, help: flag } as const;
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
  } catch (error) {
    throw new UsageError(`${(error as Error).message}\n\n${usage}`);
  }
  const { values, positionals } = parsed;
  if (values.help) return null;
  const [given, ...more] = positionals;
  if (given === undefined || given === '') throw new UsageError(`Name the archive or folder to upload.\n\n${usage}`);
  if (more.length > 0) throw new UsageError(`One archive or folder at a time: ${JSON.stringify(more[0])} is one too many. Quote names with spaces.`);
  const file = fromCaller(given, env);
  const { stateFolder, jsonFile } = readStackArguments({ state: values.state, json: values.json }, env);
  return {
    path: file,
    name: readName(values.name ?? path.basename(file).replace(/(\.tar)?\.(zip|tar|tgz|gz|zst)$/i, '')),
    imageSize: readSize(values.size),
    api: values.api === undefined ? null : readAddress(values.api),
    key: values.key ?? (env['THAW_API_KEY'] || null),
    stateFolder,
    jsonFile,
    cancelOnInterrupt: values['cancel-on-interrupt'],
  };
}

function readName(name: string): string {
  const read = createDatasetRequest.safeParse({ name });
  if (!read.success) throw new UsageError(`--name takes one line of 1 to 200 characters; ${JSON.stringify(name)} is none.`);
  return read.data.name;
}

function readSize(size: string | undefined): number | null {
  if (size === undefined) return null;
  const read = ingestOptions.shape.imageSize.safeParse(/^\d+$/.test(size) ? Number(size) : NaN);
  if (!read.success || read.data === null) throw new UsageError(`--size takes a whole number of pixels from 32 to 256; ${JSON.stringify(size)} is none.`);
  return read.data;
}

function readAddress(address: string): string {
  const url = URL.parse(address);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new UsageError(`--api takes an address such as http://localhost:3001; ${JSON.stringify(address)} is none.`);
  return address.replace(/\/+$/, '').replace(/\/v1$/, '');
}
