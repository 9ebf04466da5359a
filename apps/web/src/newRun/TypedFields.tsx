'use client';

import { useTranslations } from 'next-intl';
import { useDraftField } from './DraftContext.tsx';
import { NumberField } from './NumberField.tsx';

const ofScheduler = {
  reduce_on_plateau: ['factor', 'patience', 'threshold', 'cooldown', 'minLearningRate'],
  cosine: ['minLearningRate'],
  step: ['stepSize', 'gamma'],
  one_cycle: ['warmupFraction', 'divFactor', 'finalDivFactor'],
  constant: [],
} as const;

const adam = ['weightDecay', 'headLearningRateFactor', 'stageLearningRateDecay', 'beta1', 'beta2', 'epsilon'] as const;
const ofOptimizer = { adam, adamw: adam, sgd: ['weightDecay', 'headLearningRateFactor', 'stageLearningRateDecay', 'momentum'] } as const;

/** The fields that the chosen scheduler has. */
export function SchedulerFields() {
  const t = useTranslations('newRun.fields');
  const type = useDraftField('scheduler.type').value as keyof typeof ofScheduler;
  return ofScheduler[type].map((field) => <NumberField key={`${type}.${field}`} name={`scheduler.${field}`} label={t(`ofScheduler.${field}`)} />);
}

/** The fields that the chosen optimiser has, beside its learning rate. */
export function OptimizerFields() {
  const t = useTranslations('newRun.fields');
  const type = useDraftField('optimizer.type').value as keyof typeof ofOptimizer;
  return (
    <>
      {ofOptimizer[type].map((field) => (
        <NumberField key={`${type}.${field}`} name={`optimizer.${field}`} label={t(`ofOptimizer.${field}`)} />
      ))}
      <NumberField name="optimizer.clipNorm" label={t('ofOptimizer.clipNorm')} nullable />
    </>
  );
}
