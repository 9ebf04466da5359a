'use client';

import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { FileMenu } from '../../charts/FileMenu.tsx';
import { Card } from '../../components/ui/Card.tsx';
import { Segmented } from '../../components/ui/Segmented.tsx';
import { useFormats } from '../../i18n/useFormats.ts';
import { ConfusedPairs } from './ConfusedPairs.tsx';
import type { CellPlace, Counts } from './confusion.ts';
import { ConfusionMatrix } from './ConfusionMatrix.tsx';

interface ConfusionCardProps {
  names: readonly string[];
  counts: Counts;
  onOpen: ((place: CellPlace) => void) | null;
  className: string;
}

/** Above so many classes a matrix is a carpet. */
const mostInMatrix = 60;

/** What was taken for what. */
export function ConfusionCard({ names, counts, onOpen, className }: ConfusionCardProps) {
  const t = useTranslations('evaluation');
  const { count } = useFormats();
  const [by, setBy] = useState<'part' | 'count'>('count');
  const title = t('confusion');
  const isMatrix = names.length <= mostInMatrix;
  return (
    <Card
      title={title}
      className={className}
      actions={
        <div className="flex items-center gap-2">
          {isMatrix && (
            <Segmented
              label={t('show')}
              value={by}
              onChange={setBy}
              options={[
                { value: 'count', label: t('asCount') },
                { value: 'part', label: t('asPart') },
              ]}
            />
          )}
          <FileMenu
            title={title}
            onSave={async (type) => {
              const [{ saveFigure }, { confusionFile }] = await Promise.all([import('../../charts/saveFigure.ts'), import('./confusionFile.ts')]);
              await saveFigure(confusionFile({ title, names, counts, by, format: count, words: { actual: t('actual'), predicted: t('predicted') } }), type);
            }}
          />
        </div>
      }
    >
      {isMatrix ? <ConfusionMatrix {...{ names, counts, by, onOpen }} /> : <ConfusedPairs {...{ names, counts, onOpen }} />}
      {onOpen === null && <p className="mt-3 text-xs text-muted">{t('noPictures')}</p>}
    </Card>
  );
}
