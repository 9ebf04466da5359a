import type { TrainerEvent } from '@thaw/contract/events';
import { presets } from '@thaw/contract/presets';
import type { Run } from '@thaw/contract/runs';
import { describe, expect, it } from 'vitest';
import type { RunMessage } from '../../src/demo/followRun.ts';
import { drawBar, liveLine } from '../../src/demo/liveLine.ts';
import { RunProgress } from '../../src/demo/runProgress.ts';
import { Screen } from '../../src/demo/screen.ts';
import { showRun } from '../../src/demo/showRun.ts';
import { wrap } from '../../src/demo/wrap.ts';

const started: TrainerEvent = {
  type: 'started', step: 0, resumedFromStep: null, device: { type: 'cpu', name: 'EPYC' }, engine: 'TensorFlow 2.21.0', weights: 'imagenet1k_v1', classes: 10,
  images: { train: 640, val: 0, test: 100 }, stepsPerEpoch: 10, epochs: 2,
};
const step = (number: number, phase: 'frozen' | 'full', loss: number, accuracy?: number): TrainerEvent => ({
  type: 'iteration', step: number, epoch: Math.ceil(number / 10), phase, loss, learningRate: 1e-3, ...(accuracy !== undefined && { accuracy }),
});
const epoch = (number: number, phase: 'initial' | 'frozen' | 'full'): TrainerEvent => ({
  type: 'epoch', step: number * 10, epoch: number, phase, learningRate: 1e-3, trainLoss: 2, trainAccuracy: 0.25, valLoss: null, valAccuracy: null, testLoss: 1.5, testAccuracy: 0.5, imagesPerSecond: 640, seconds: 1,
});

describe('the progress bar', () => {
  function after(...events: [at: number, event: TrainerEvent][]): RunProgress {
    const progress = new RunProgress();
    progress.status = 'running';
    for (const [at, one] of events) progress.apply(one, at);
    return progress;
  }
  const halfway = after([0, started], [1000, step(1, 'frozen', 3, 0.1)], [3000, step(5, 'frozen', 2, 0.3)]);

  it('is drawn in eighths', () => {
    expect([0, 0.5, 0.53, 1, 2].map((fraction) => drawBar(fraction, 10))).toEqual(['░░░░░░░░░░', '█████░░░░░', '█████▎░░░░', '██████████', '██████████']);
  });

  it('shows the means of loss and accuracy, the speed and the time left', () => {
    // 4 steps in 2 s are 128 images a second; 5 steps are left.
    expect(liveLine(halfway, 120, 3000)).toBe(`epoch 1/2 frozen ${'█'.repeat(20)}${'░'.repeat(20)}   50 %  loss 2.5000  acc 20.0 %  128 images/s  ETA 0:03`);
    expect(liveLine(halfway, 120, 4500)).toMatch(/ETA 0:01$/);
  });

  it.each([40, 60, 80, 100, 200])('fits into %i columns', (columns) => {
    const line = liveLine(halfway, columns, 3000);
    expect(line.length).toBeLessThan(columns);
    expect(line).toMatch(/2\.50.*ETA 0:03$/);
  });

  it('does without what is not known yet, and says what it waits for', () => {
    const progress = new RunProgress();
    expect(liveLine(progress, 80, 0)).toBe('queued, waiting for a worker');
    progress.status = 'running';
    expect(liveLine(progress, 80, 0)).toBe('the worker fetches data and weights');
    progress.apply(started, 0);
    expect(liveLine(progress, 80, 0)).toBe('evaluating before the first epoch');
    progress.apply(step(1, 'frozen', 2), 0);
    expect(liveLine(progress, 80, 0)).toMatch(/^epoch 1\/2 frozen █+\S*░+ +10 % {2}loss 2\.0000$/);
    for (let n = 2; n <= 10; n++) progress.apply(step(n, 'frozen', 2), n);
    expect(liveLine(progress, 80, 10)).toMatch(/█ {2}loss 2\.0000 {2}evaluating$/);
    progress.apply(epoch(1, 'frozen'), 20);
    expect(liveLine(progress, 80, 20)).toBe('starting epoch 2');
    progress.apply(epoch(2, 'full'), 20);
    expect(liveLine(progress, 80, 20)).toBe('keeping checkpoint and curves');
  });

  it('tells the time left of the whole run once it is thawed', () => {
    const long: TrainerEvent = { ...started, epochs: 3 };
    expect(liveLine(after([0, long], [0, step(11, 'full', 2)], [1000, step(12, 'full', 2)]), 120, 1000)).toMatch(/ETA 0:08 {2}run 0:18$/);
  });

  it('goes on in the middle of an epoch after a resume', () => {
    const resumed = after([0, started], [0, step(16, 'full', 4)], [1000, step(17, 'full', 2)]);
    expect(liveLine(resumed, 120, 1000)).toMatch(/ 70 % {2}loss 3\.0000 .*ETA 0:03$/);
  });

  it('waits for another worker when one is lost', () => {
    const lost = after([0, started], [0, step(16, 'full', 4)]);
    lost.status = 'queued';
    lost.loseWorker();
    expect(liveLine(lost, 120, 0)).toBe('queued, waiting for a worker');
  });

  it('shows a loss that is not a number', () => {
    expect(liveLine(after([0, started], [0, { ...step(1, 'full', 0), loss: 'NaN' } as TrainerEvent]), 120, 0)).toContain('loss NaN');
  });
});

describe('the screen', () => {
  class Recorder {
    text = '';
    isTTY = true;
    columns = 80;
    write(text: string): void {
      this.text += text;
    }
  }

  it('keeps the changing line below the finished ones', () => {
    const output = new Recorder();
    const screen = new Screen(output, 'xterm');
    screen.live('working');
    screen.live('working');
    screen.lines('done', 'too');
    screen.endLive();
    screen.lines('end');
    expect(output.text).toBe('\x1b[?25l\r\x1b[Kworking\r\x1b[Kdone\ntoo\nworking\r\x1b[K\x1b[?25hend\n');
  });

  it('takes a terminal that does not know its width for one of 80 columns', () => {
    expect(new Screen(Object.assign(new Recorder(), { columns: 0 }), 'xterm').columns).toBe(80);
  });

  it('breaks sentences between words', () => {
    expect(wrap('  a sentence that is too long', 16)).toEqual(['  a sentence', '    that is too', '    long']);
    expect(wrap('short', 80)).toEqual(['short']);
    expect(wrap('', 80)).toEqual(['']);
    expect(wrap('a s3://an/address/that/is/long', 12)).toEqual(['a', '  s3://an/address/that/is/long']);
  });

  const run = { spec: { ...presets.tutorial, schedule: { ...presets.tutorial.schedule, epochs: 2 } } } as Run;
  async function* messages(): AsyncGenerator<RunMessage> {
    await Promise.resolve();
    yield { type: 'run', run: { ...run, status: 'running' } };
    yield { type: 'batch', attempt: 1, events: [started, epoch(0, 'initial'), step(1, 'full', 2)] };
    yield { type: 'run', run: { ...run, status: 'queued' } };
    yield { type: 'run', run: { ...run, status: 'queued' } };
    yield { type: 'reconnecting', reason: 'terminated', milliseconds: 2000 };
    yield { type: 'batch', attempt: 1, events: [{ type: 'log', step: 1, level: 'warning', message: 'Careful.' }, { type: 'log', step: 1, level: 'info', message: 'Never mind.' }] };
    yield { type: 'end', status: 'succeeded' };
  }
  const plainLines = [
    'TensorFlow 2.21.0 on cpu (EPYC), 640 train + 100 test images, 10 steps an epoch',
    'epoch 0/2  pretrained, not fine-tuned  train loss 2.0000, 25.0 %  test loss 1.5000, 50.0 %  lr 1e-3  640 images/s  1.0 s',
    'the worker is gone, the run waits for another',
    'no events from the API (terminated), trying again in 2 s',
    'warning: Careful.',
  ];

  it.each([
    ['a file', { isTTY: false, columns: 40 }, 'xterm'],
    ['a dumb terminal', { isTTY: true, columns: 200 }, 'dumb'],
  ])('shows a run in plain lines in %s', async (_, kind, terminal) => {
    const output = Object.assign(new Recorder(), kind);
    expect(await showRun(run, messages(), new Screen(output, terminal))).toBe('succeeded');
    expect(output.text.split('\n')).toEqual([...plainLines, '']);
  });

  it('leaves the cursor and an empty line behind when following fails', async () => {
    const output = new Recorder();
    async function* broken(): AsyncGenerator<RunMessage> {
      yield* [];
      await Promise.reject(new Error('broken'));
    }
    await expect(showRun(run, broken(), new Screen(output, 'xterm'))).rejects.toThrow('broken');
    await expect(showRun(run, messages(), new Screen(output, 'xterm'))).resolves.toBe('succeeded');
    expect(output.text.endsWith('\r\x1b[K\x1b[?25h')).toBe(true);
  });
});
