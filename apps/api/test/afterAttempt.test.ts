import { failureCode, failurePolicies, maxAttemptsWithoutProgress, type FailureCode } from '@thaw/contract/failures';
import { transitions } from '@thaw/contract/runStatus';
import { describe, expect, it } from 'vitest';
import { runPolicy } from '../src/attempts/runPolicy.ts';
import { afterAttempt, type AttemptEnd } from '../src/work/afterAttempt.ts';

const end: AttemptEnd<FailureCode> = { outcome: 'failed', failure: null, stopRequested: false, progressed: false, inVain: 0 };

describe('after an attempt', () => {
  it.each(failureCode.options)('a run that failed with %s goes where its policy says', (code) => {
    const next = afterAttempt(runPolicy, { ...end, failure: { code, message: 'm' } });
    expect(next.status).toBe(failurePolicies[code].retry ? 'queued' : 'failed');
    expect(transitions.running).toContain(next.status);
  });

  it('pauses grow with tries in vain, and the last one ends it', () => {
    const failure = { code: 'device_unavailable', message: 'm' } as const;
    const pauses = Array.from({ length: maxAttemptsWithoutProgress }, (_, inVain) => afterAttempt(runPolicy, { ...end, failure, inVain }));
    expect(pauses.map(({ status, pauseSeconds }) => [status, pauseSeconds])).toEqual([
      ['queued', 10],
      ['queued', 20],
      ['failed', 0],
    ]);
    expect(afterAttempt(runPolicy, { ...end, failure, progressed: true, inVain: 2 })).toMatchObject({ status: 'queued', inVain: 0, pauseSeconds: 0 });
  });

  it('a stop that was asked for wins over another try, not over the truth', () => {
    const stopRequested = true;
    expect(afterAttempt(runPolicy, { ...end, stopRequested, failure: { code: 'worker_crashed', message: 'm' } }).status).toBe('cancelled');
    expect(afterAttempt(runPolicy, { ...end, stopRequested, failure: { code: 'diverged', message: 'm' } }).status).toBe('failed');
    expect(afterAttempt(runPolicy, { ...end, stopRequested, outcome: 'stopped' }).status).toBe('cancelled');
  });
});
