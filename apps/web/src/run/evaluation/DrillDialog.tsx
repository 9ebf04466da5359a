'use client';

import type { Evaluation } from '@thaw/contract/evaluation';
import { useTranslations } from 'next-intl';
import { Button } from '../../components/ui/Button.tsx';
import { Dialog } from '../../components/ui/Dialog.tsx';
import { useFormats } from '../../i18n/useFormats.ts';
import { CellPictures } from './CellPictures.tsx';
import { ClassMistakes } from './ClassMistakes.tsx';
import { countOf, partOf, sumOf, type CellPlace } from './confusion.ts';

/** What is looked at: a class, or pictures of one that were taken for one. */
export type Drill = { of: number } | CellPlace;

interface DrillDialogProps {
  run: string;
  evaluation: Evaluation;
  drill: Drill;
  /** Whether it is known what each picture was taken for. */
  pictures: boolean;
  onMove: (drill: Drill) => void;
  onClose: () => void;
}

/** A part of the confusion matrix from near. From a class one gets to its cells, and from there back and across. */
export function DrillDialog({ run, evaluation: { classes, confusion }, drill, pictures, onMove, onClose }: DrillDialogProps) {
  const t = useTranslations('evaluation');
  const { percent, count } = useFormats();
  const names = classes.map(({ name }) => name);
  const nameOf = (index: number): string => names[index] ?? '';
  const frame = { open: true, onOpenChange: (open: boolean) => !open && onClose(), className: 'sm:top-[8vh]! sm:max-h-[84vh]! sm:max-w-3xl!' };
  if ('of' in drill) {
    const { name = '', support = 0, predicted = 0, recall = null } = classes[drill.of] ?? {};
    return (
      <Dialog {...frame} title={name} description={t('classFigures', { images: support, right: countOf(confusion, { actual: drill.of, predicted: drill.of }), recall: recall === null ? '–' : percent(recall), predicted })}>
        <ClassMistakes index={drill.of} names={names} counts={confusion} onOpen={pictures ? onMove : null} />
      </Dialog>
    );
  }
  const { actual, predicted } = drill;
  const images = countOf(confusion, drill);
  const across = { actual: predicted, predicted: actual };
  const figures = { images, all: count(sumOf(confusion[actual])), part: percent(partOf(confusion, drill)), name: nameOf(actual) };
  return (
    <Dialog
      {...frame}
      title={actual === predicted ? t('rightTitle', { actual: nameOf(actual) }) : t('pair', { actual: nameOf(actual), predicted: nameOf(predicted) })}
      description={t('cellFigures', figures)}
    >
      <div className="flex flex-col gap-4">
        <div className="flex flex-wrap gap-2">
          <Button size="small" onClick={() => onMove({ of: actual })}>
            {t('allOf', { name: nameOf(actual) })}
          </Button>
          {actual !== predicted && countOf(confusion, across) > 0 && (
            <Button size="small" onClick={() => onMove(across)}>
              {t('across', { actual: nameOf(predicted), predicted: nameOf(actual), images: count(countOf(confusion, across)) })}
            </Button>
          )}
        </div>
        {/* Another cell begins at its first page. */}
        <CellPictures key={`${actual}-${predicted}`} run={run} place={drill} names={names} images={images} />
      </div>
    </Dialog>
  );
}
