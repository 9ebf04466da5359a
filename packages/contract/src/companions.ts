import type { CompanionKind, RunSpec } from './runSpec.ts';

/** The companions that are runs of their own. */
export type TrainedCompanion = Exclude<CompanionKind, 'untuned'>;
export interface Companion {
  kind: TrainedCompanion;
  spec: RunSpec;
}

/**
 * The specs of the companions that a spec asks for and that have to be trained: with its seed, data, split and epochs. `untuned` is
 * none of them: it is epoch 0 of the run itself.
 */
export function companionSpecs(spec: RunSpec): Companion[] {
  const make: Record<TrainedCompanion, (spec: RunSpec) => RunSpec> = { linear_probe: linearProbe, scratch: fromScratch };
  return (['linear_probe', 'scratch'] as const).filter((kind) => spec.companions.includes(kind)).map((kind) => ({ kind, spec: { ...make[kind](spec), companions: [] } }));
}

const linearProbe = (spec: RunSpec): RunSpec => ({ ...spec, schedule: { ...spec.schedule, freezeEpochs: spec.schedule.epochs } });

/** Without what only makes sense for weights that know something already: they may not be held back where they know nothing. */
function fromScratch({ model, schedule, optimizer, ...rest }: RunSpec): RunSpec {
  return {
    ...rest,
    model: { ...model, weights: 'none' },
    schedule: { ...schedule, freezeEpochs: 0, keepFrozen: null, frozenBatchNorm: 'train' },
    optimizer: { ...optimizer, stageLearningRateDecay: 1 },
  };
}
