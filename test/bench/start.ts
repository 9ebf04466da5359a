import { median } from './peer.ts';
import { trainerEvents, type Usage } from './trainer.ts';

export interface Start {
  /** Seconds by the clock, from the start of the process. */
  seconds: number;
  /** Seconds of processors' work in that time: nearly the same on a quiet machine, and what remains comparable on a busy one. */
  processorSeconds: number;
}

const tries = 3;

/**
 * From the start of the trainer's process to all being ready (TensorFlow loaded, weights read, steps compiled), and to the end of the
 * first training step: the tutorial on all of CIFAR-10. Epoch 0 evaluates one image a class, as that is no part of the start.
 */
export async function measureStart(cifar10: string, weights: string | undefined): Promise<{ ready: Start; firstStep: Start }> {
  const [ready, firstStep]: [Start[], Start[]] = [[], []];
  for (let i = 0; i < tries; i++) {
    const begun = performance.now();
    const since = (usage: Usage): Start => ({ seconds: (performance.now() - begun) / 1000, processorSeconds: usage.processorSeconds });
    for await (const { event, usage } of trainerEvents({ spec: { data: { testLimit: 10 } }, data: cifar10, weights })) {
      if (event.type === 'started') ready.push(since(usage()));
      if (event.type !== 'iteration') continue;
      firstStep.push(since(usage()));
      break;
    }
  }
  return { ready: medianOf(ready), firstStep: medianOf(firstStep) };
}

const medianOf = (starts: readonly Start[]): Start => ({
  seconds: median(starts.map(({ seconds }) => seconds)),
  processorSeconds: median(starts.map(({ processorSeconds }) => processorSeconds)),
});
