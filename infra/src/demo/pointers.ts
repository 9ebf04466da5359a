import path from 'node:path';
import type { StackAddresses } from '../stack/startStack.ts';
import { readStackArguments, type StackArguments } from '../stackArguments.ts';
import { bestCheckpoint, type EndedRun } from './summary.ts';

const defaults = readStackArguments({}, {});

/** Quoted for a shell where that is needed. */
const quote = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

/** Commands for a terminal that fetch what a run has left, if anything. */
export function fetchCommands({ run, checkpoints }: EndedRun, { api }: Pick<StackAddresses, 'api'>, keyFile: string): string[] {
  const curl = (path: string, file: string): string[] => [`  curl -fL -o ${file} -H "Authorization: Bearer $(cat ${quote(keyFile)})" \\`, `    ${api}/v1/runs/${run.id}/${path}`];
  const best = bestCheckpoint(checkpoints);
  return [
    ...(best === undefined ? [] : curl(`checkpoints/${best.epoch}/safetensors`, 'model.safetensors')),
    ...(run.curves.length === 0 ? [] : curl('curves/iterations.csv', 'iterations.csv')),
  ];
}

/** The command that opens this stack again, with the options that it had. */
export function startCommand({ firstPort, stateFolder }: Pick<StackArguments, 'firstPort' | 'stateFolder'>): string {
  const options = [...(firstPort === defaults.firstPort ? [] : [`--port ${firstPort}`]), ...(stateFolder === defaults.stateFolder ? [] : [`--state ${quote(stateFolder)}`])];
  return ['npm start', ...(options.length > 0 ? ['--', ...options] : [])].join(' ');
}

/** What is open now, and how to close it. */
export function openAddresses({ dashboard, api, email, s3 }: StackAddresses, keyFile: string): string[] {
  return [
    ...(dashboard === null ? [] : [`  dashboard  ${dashboard}`, `  sign in    ${email}, password in ${path.join(path.dirname(keyFile), 'secrets.json')}`]),
    `  API        ${api}/v1`,
    `  its paths  ${api}/v1/openapi.json`,
    `  API key    in ${keyFile}`,
    `  storage    ${s3.endpoint}, bucket ${s3.bucket}`,
  ];
}
