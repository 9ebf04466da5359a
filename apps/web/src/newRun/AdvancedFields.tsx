'use client';

import { backbone, backbones } from '@thaw/contract/backbones';
import { noAugmentation, optimizerDefaults, schedulerDefaults } from '@thaw/contract/presets';
import { ChevronRight } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ReactNode } from 'react';
import { Checkbox } from '../components/ui/Checkbox.tsx';
import { ChoiceField } from './ChoiceField.tsx';
import { useDraft, useDraftField } from './DraftContext.tsx';
import { NumberField } from './NumberField.tsx';
import { OptimizerFields, SchedulerFields } from './TypedFields.tsx';

/** All that is seldom changed, folded away. */
export function AdvancedFields() {
  const t = useTranslations('newRun');
  const { set } = useDraft();
  const words = <Value extends string>(group: 'weights' | 'batchNorm' | 'keepFrozen' | 'monitor', values: readonly Value[]) => values.map((value) => ({ value, label: t(`choices.${group}.${value}` as 'choices.weights.none') }));
  const augmentation = useDraftField('data.augmentation');
  const weights = useDraftField('model.weights');
  return (
    <details className="group rounded-xl border border-line bg-surface">
      <summary className="flex cursor-pointer list-none items-center gap-2 rounded-xl px-4 py-3 text-sm font-semibold">
        <ChevronRight className="size-4 text-faint transition-transform group-open:rotate-90" aria-hidden />
        {t('advanced')}
      </summary>
      <div className="flex flex-col gap-6 px-4 pb-5">
        <Group title={t('groups.model')}>
          <ChoiceField name="model.backbone" label={t('fields.backbone')} options={backbone.options.map((value) => ({ value, label: backbones[value].title }))} />
          {typeof weights.value === 'string' && <ChoiceField name="model.weights" label={t('fields.weights')} options={words('weights', ['imagenet1k_v1', 'none'])} />}
          <ChoiceField name="schedule.keepFrozen" label={t('fields.keepFrozen')} none="none" options={words('keepFrozen', ['none', 'stem', 'layer1', 'layer2', 'layer3'])} />
          <ChoiceField name="schedule.frozenBatchNorm" label={t('fields.frozenBatchNorm')} options={words('batchNorm', ['train', 'eval', 'eval_always'])} />
        </Group>
        <Group title={t('groups.optimizer')}>
          <ChoiceField
            name="optimizer.type"
            label={t('fields.optimizer')}
            options={(['adam', 'adamw', 'sgd'] as const).map((value) => ({ value, label: value }))}
            onChoose={(type) => set(['optimizer'], { ...optimizerDefaults[type] })}
          />
          <OptimizerFields />
        </Group>
        <Group title={t('groups.scheduler')}>
          <ChoiceField
            name="scheduler.type"
            label={t('fields.scheduler')}
            options={(['reduce_on_plateau', 'cosine', 'step', 'one_cycle', 'constant'] as const).map((value) => ({ value, label: t(`choices.scheduler.${value}`) }))}
            onChoose={(type) => set(['scheduler'], { ...schedulerDefaults[type] })}
          />
          <SchedulerFields />
          <NumberField name="schedule.warmupSteps" label={t('fields.warmupSteps')} />
        </Group>
        <Group title={t('groups.augmentation')}>
          <label className="col-span-full flex items-center gap-2 text-sm">
            <Checkbox checked={augmentation.value !== null} onChange={(on) => augmentation.set(on ? { ...noAugmentation, flip: 0.5 } : null)} />
            {t('fields.augmentation')}
          </label>
          {augmentation.value !== null && (
            <>
              <NumberField name="data.augmentation.flip" label={t('fields.flip')} />
              <NumberField name="data.augmentation.rotation" label={t('fields.rotation')} />
            </>
          )}
        </Group>
        <Group title={t('groups.judging')}>
          <ChoiceField name="data.monitor" label={t('fields.monitor')} options={words('monitor', ['val', 'test'])} />
          <NumberField name="data.valFraction" label={t('fields.valFraction')} />
          <NumberField name="data.testLimit" label={t('fields.testLimit')} nullable />
          <NumberField name="loss.labelSmoothing" label={t('fields.labelSmoothing')} />
          <NumberField name="checkpointEvery" label={t('fields.checkpointEvery')} />
          <NumberField name="seed" label={t('fields.seed')} />
        </Group>
      </div>
    </details>
  );
}

function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className="grid grid-cols-2 gap-4 sm:grid-cols-4">
      <legend className="mb-3 text-xs font-medium text-faint">{title}</legend>
      {children}
    </fieldset>
  );
}
