'use client';

import { presetName, type PresetName } from '@thaw/contract/runSpec';
import { useTranslations } from 'next-intl';
import { RadioGroup } from 'radix-ui';

/** The recipes to begin with. */
export function PresetCards({ chosen, onChoose }: { chosen: PresetName; onChoose: (preset: PresetName) => void }) {
  const t = useTranslations('newRun.presets');
  return (
    <RadioGroup.Root value={chosen} onValueChange={(preset) => onChoose(preset as PresetName)} aria-label={t('label')} className="grid gap-3 sm:grid-cols-2 xl:grid-cols-4">
      {presetName.options.map((preset) => (
        <RadioGroup.Item
          key={preset}
          value={preset}
          className="flex flex-col gap-1 rounded-xl border border-line bg-surface p-4 text-left transition-colors hover:border-line-strong data-[state=checked]:border-accent data-[state=checked]:bg-accent-soft"
        >
          <span className="font-mono text-sm font-semibold">{preset}</span>
          <span className="text-xs text-muted">{t(preset)}</span>
        </RadioGroup.Item>
      ))}
    </RadioGroup.Root>
  );
}
