import { storedSide } from '@thaw/prediction/exportedModel';
import { fitSquare } from '@thaw/prediction/fitSquare';
import { likeliest } from '@thaw/prediction/likeliest';
import { networkInput } from '@thaw/prediction/networkInput';
import { BrowserProblem, orProblem } from './BrowserProblem.ts';
import { decodePicture } from './decodePicture.ts';
import { fetchNetwork } from './fetchNetwork.ts';
import type { NetworkAnswer, NetworkFile, WorkerReply, WorkerRequest } from './messages.ts';
import { openNetwork, type Network } from './openNetwork.ts';

/** Runs beside the page, so that nothing of this holds it up: networks are fetched, pictures decoded, networks asked. */

/** Of two runs and what they started from. */
const mostOpen = 4;
/** By hash; the last one used comes last. */
const open = new Map<string, Promise<Network>>();
/** Milliseconds between words about a download. */
const pause = 100;

const say = (reply: WorkerReply): void => self.postMessage(reply);

function fetched(file: NetworkFile): Promise<Uint8Array<ArrayBuffer>> {
  let saidAt = 0;
  return fetchNetwork(file, (loaded) => {
    if (loaded < file.bytes && performance.now() - saidAt < pause) return;
    saidAt = performance.now();
    say({ kind: 'loading', sha256: file.sha256, loaded });
  });
}

async function networkOf(file: NetworkFile): Promise<Network> {
  const network = open.get(file.sha256) ?? fetched(file).then((bytes) => orProblem('runtime', () => openNetwork(bytes)));
  open.delete(file.sha256);
  open.set(file.sha256, network);
  for (const [other, made] of open) {
    if (open.size <= mostOpen) break;
    open.delete(other);
    await made.then(({ close }) => close()).catch(() => undefined);
  }
  // One that failed is tried again.
  network.catch(() => open.get(file.sha256) === network && open.delete(file.sha256));
  return network;
}

async function answer(picture: Blob, network: Network): Promise<NetworkAnswer> {
  const started = performance.now();
  const { kind, ...pixels } = await decodePicture(picture);
  const side = storedSide(network);
  const input = networkInput(fitSquare(pixels, side, kind), side, network.transform);
  const predictions = likeliest(await orProblem('runtime', () => network.logits(input)), network.classes);
  return { predictions, width: pixels.width, height: pixels.height, milliseconds: Math.round((performance.now() - started) * 10) / 10 };
}

/** One after the other, so that the time that is told is that of one. */
let last: Promise<unknown> = Promise.resolve();

function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const mine = last.then(work);
  last = mine.catch(() => undefined);
  return mine;
}

async function ask({ question, picture, network: file }: WorkerRequest): Promise<void> {
  try {
    const network = await networkOf(file);
    say({ kind: 'answered', question, answer: await inTurn(() => answer(picture, network)) });
  } catch (error) {
    const problem = error instanceof BrowserProblem ? error : new BrowserProblem('runtime', error);
    say({ kind: 'failed', question, problem: problem.kind, detail: problem.message });
  }
}

self.addEventListener('message', ({ data }: MessageEvent<WorkerRequest>) => void ask(data));
