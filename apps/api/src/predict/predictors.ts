import { maxPicturePixels } from '@thaw/contract/predict';
import { startPictureProcess, type PictureJob, type PictureProcess, type ProcessEnd } from '@thaw/pictures/pictureProcess';
import type { Logger } from 'pino';
import { fileURLToPath } from 'node:url';
import { ApiError, invalid, unavailable } from '../errors.ts';
import { predictorReply, type PredictorReply, type PredictorRequest } from './predictorMessages.ts';

export interface PredictorsOptions {
  log: Logger;
  /** How many at most. */
  processes: number;
  /** Pictures that may be here at the same time, waiting ones included: each is held in memory whole. */
  places?: number;
  /** For one picture, once it is its turn. */
  seconds?: number;
  /** A process that has had nothing to do for so long ends. */
  idleSeconds?: number;
  /** Another program, for tests. */
  script?: string;
}

export interface Predictors {
  /**
   * A place for a picture of this owner, to be taken before it is read. Nobody gets more than half of them.
   * @returns what gives the place back
   * @throws too-many-requests where all are taken
   */
  take: (ownerId: string) => () => void;
  /**
   * What networks say about a picture, by the files they are in.
   * @throws validation-failed where the picture is none, or ends the process or takes too long; unavailable where no process can be started
   */
  predict: (bytes: Uint8Array, models: readonly string[]) => Promise<Extract<PredictorReply, { kind: 'predicted' }>>;
  close: () => void;
}

interface Job extends PictureJob<PredictorReply> {
  models: readonly string[];
  failed: (error: Error) => void;
}

const predictorScript = fileURLToPath(new URL('predictor.ts', import.meta.url));
// ONNX Runtime's Linux build would send usage events to its maker.
const environment = { ORT_DISABLE_TELEMETRY: '1' };
const refused = (message: string) => invalid([{ path: 'image', message }]);

/**
 * Processes that look at pictures, started when they are needed. Each works on one picture at a time: whatever it does to its process
 * costs that picture alone, another process takes its place, and nothing of it ever runs in this one.
 */
export function openPredictors({ log, processes, places = 16, seconds = 20, idleSeconds = 300, script = predictorScript }: PredictorsOptions): Predictors {
  const running = new Set<PictureProcess<Job>>();
  const waiting: Job[] = [];
  /** Places taken, by owner. */
  const taken = new Map<string, number>();
  let closed = false;
  let idle: NodeJS.Timeout | undefined;

  const start = (): PictureProcess<Job> => {
    const headerOf = ({ models }: Job): PredictorRequest => ({ models: [...models], pixels: maxPicturePixels });
    const made: PictureProcess<Job> = startPictureProcess<PredictorReply, Job>({ script, heap: 256, seconds, environment, headerOf, parse: (header) => predictorReply.parse(header) }, distribute, (end) => {
      running.delete(made);
      ended(end);
    });
    running.add(made);
    return made;
  };

  const ended = ({ culprit, waiting: behind, slow, neverReady, words }: ProcessEnd<Job>): void => {
    if (closed) return;
    const [last = ''] = words.trim().split('\n').slice(-1);
    log.warn({ slow, neverReady, words: words.slice(-1000) }, 'a process that looks at pictures has ended');
    culprit?.failed(refused(slow ? `took longer than ${seconds} seconds to look at; send a smaller or simpler picture` : 'ended the process that looked at it: it is no ordinary picture'));
    if (!neverReady) waiting.unshift(...behind);
    // One that cannot start now cannot a moment later: nobody is to wait for it.
    else for (const job of [...behind, ...waiting.splice(0)]) job.failed(unavailable('Predictions cannot be made on this host at present.', new Error(last)));
    distribute();
  };

  function distribute(): void {
    clearTimeout(idle);
    while (waiting.length > 0) {
      const free = [...running].find((one) => one.load() === 0) ?? (running.size < processes ? start() : undefined);
      if (free === undefined) return;
      free.send(waiting.shift() as Job);
    }
    if ([...running].every((one) => one.load() === 0)) idle = setTimeout(stopAll, idleSeconds * 1000).unref();
  }

  function stopAll(): void {
    for (const one of running) one.kill();
    running.clear();
  }

  return {
    take: (ownerId) => {
      const own = taken.get(ownerId) ?? 0;
      const all = [...taken.values()].reduce((sum, count) => sum + count, 0);
      if (all >= places || own >= Math.ceil(places / 2)) throw new ApiError('too-many-requests', 'Many pictures are being looked at. Send this one again in a moment.', { retryAfterSeconds: 2 });
      taken.set(ownerId, own + 1);
      let given = false;
      return () => {
        if (given) return;
        given = true;
        const left = (taken.get(ownerId) ?? 0) - 1;
        if (left > 0) taken.set(ownerId, left);
        else taken.delete(ownerId);
      };
    },
    predict: async (bytes, models) => {
      if (closed) throw unavailable('The service is stopping. Try again in a moment.');
      const reply = await new Promise<PredictorReply>((answered, failed) => {
        waiting.push({ bytes, models, answered, failed });
        distribute();
      });
      if (reply.kind === 'refused') throw refused(reply.message);
      if (reply.kind === 'broken') throw new Error(`An exported model cannot be used: ${reply.message}`);
      return reply;
    },
    close: () => {
      closed = true;
      clearTimeout(idle);
      stopAll();
      for (const job of waiting.splice(0)) job.failed(unavailable('The service is stopping. Try again in a moment.'));
    },
  };
}
