import type { finishRequest } from '@thaw/contract/worker';
import type { FailureCode } from '@thaw/contract/failures';
import type { z } from 'zod';
import { diskFullAdvice, soundsDiskFull } from '../diskFull.ts';
import { soundsOutOfMemory } from '../outOfMemory.ts';
import type { TrainerEnd } from './trainerProcess.ts';

export type Outcome = z.infer<typeof finishRequest>['outcome'];

/** Length of a failure's message in the contract. */
const maxMessage = 10_000;

export function failedOutcome(code: FailureCode, message: string, seconds: number): Outcome {
  return { status: 'failed', best: null, bestTest: null, seconds, failure: { code, message: message.slice(0, maxMessage) } };
}

/**
 * What a trainer's end means for its run. Its own finished event is believed before anything else; a process that went
 * without one has crashed, unless it was us who asked it to stop and in the end killed it.
 *
 * @param smaller what to try where there was too little memory
 * @param seconds wall time since the trainer was started
 */
export function outcomeOf(end: TrainerEnd, asked: { stop: boolean }, smaller: string, seconds: number): Outcome {
  if (end.finished !== null) {
    const { status, best, bestTest, cpuSeconds, failure } = end.finished;
    return { status, best, bestTest, seconds: end.finished.seconds, ...(cpuSeconds !== undefined && { cpuSeconds }), failure: status === 'failed' ? (failure ?? unexplained(end, smaller)) : null };
  }
  if (asked.stop) return { status: 'stopped', best: null, bestTest: null, seconds, failure: null };
  return { ...failedOutcome('internal_error', '', seconds), failure: unexplained(end, smaller) };
}

function unexplained(end: TrainerEnd, smaller: string): { code: FailureCode; message: string } {
  if (end.hungMs !== null) return { code: 'worker_crashed', message: withWords(`The training process said nothing for ${durationOf(end.hungMs)} and was ended.`, end.words) };
  // Not every library throws where an allocation fails: some end the process, with their last words.
  if (end.words.some(soundsOutOfMemory)) return { code: 'out_of_memory', message: withWords(`The training process ran out of memory; ${smaller}.`, end.words) };
  if (end.words.some(soundsDiskFull)) return { code: 'internal_error', message: withWords(diskFullAdvice, end.words) };
  return { code: crashed(end) ? 'worker_crashed' : 'internal_error', message: withWords(howItEnded(end, smaller), end.words) };
}

const durationOf = (ms: number): string => (ms < 120_000 ? `${ms / 1000} seconds` : `${Math.round(ms / 60_000)} minutes`);

/** 128 + n is how a shell or a container runtime reports signal n. */
const crashed = ({ code, signal }: TrainerEnd): boolean => signal !== null || code === null || code > 128;

function howItEnded({ code, signal }: TrainerEnd, smaller: string): string {
  if (signal === 'SIGKILL' || code === 137) return `The training process was killed, perhaps because the machine ran out of memory. If that happens again, ${smaller}.`;
  if (signal !== null) return `The training process ended by ${signal}.`;
  if (code === null) return 'The training process could not be started.';
  return `The training process ended with code ${code} and gave no reason.`;
}

/** The newest words are the ones that explain: they are kept where not all fit. */
function withWords(sentence: string, words: readonly string[]): string {
  if (words.length === 0) return sentence;
  const room = maxMessage - sentence.length - 30;
  return `${sentence}\nIts last words:\n${words.join('\n').slice(-room)}`;
}
