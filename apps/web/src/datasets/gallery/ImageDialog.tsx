'use client';

import type { DatasetVersion } from '@thaw/contract/datasets';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { KeyboardEvent } from 'react';
import { Badge } from '../../components/ui/Badge.tsx';
import { Button } from '../../components/ui/Button.tsx';
import { Dialog } from '../../components/ui/Dialog.tsx';
import { ClassSelect } from '../ClassSelect.tsx';
import type { Edit } from './edits.ts';
import type { BrowsedImage } from './useImages.ts';

interface ImageDialogProps {
  image: BrowsedImage;
  version: DatasetVersion;
  editable: boolean;
  edit: Edit | undefined;
  onEdit: (edit: Edit | undefined) => void;
  onMove: (by: 1 | -1) => void;
  onClose: () => void;
}

/** One picture as it is stored, what is known of it, and what is to become of it. Arrow keys lead to those beside it. */
export function ImageDialog({ image, version, editable, edit, onEdit, onMove, onClose }: ImageDialogProps) {
  const t = useTranslations('datasets.image');
  const parts = useTranslations('datasets.splits');
  const codes = useTranslations('datasets.report.codes');
  const { split, row } = image;
  const place = { split, row };
  const walk = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowLeft') onMove(-1);
    if (event.key === 'ArrowRight') onMove(1);
  };
  const facts: [string, string][] = [
    [t('part'), parts(split)],
    [t('original'), `${image.width} × ${image.height} px`],
    ...(image.duplicateOf === null ? [] : [[t('duplicateOf'), `${parts(image.duplicateOf.split)}, ${image.duplicateOf.row}`] as [string, string]]),
  ];
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={image.class} description={<span className="font-mono text-xs break-all">{image.path}</span>} className="sm:top-[8vh]! sm:max-h-[84vh]!">
      <div className="flex flex-col gap-4" onKeyDown={walk}>
        <div className="relative">
          <img src={`/api${image.image}`} alt={t('alt', { name: image.class, path: image.path })} className="aspect-square max-h-[48vh] w-full rounded-lg bg-hover object-contain [image-rendering:pixelated]" />
          <div className="absolute inset-x-2 top-1/2 flex -translate-y-1/2 justify-between">
            <Button size="icon" aria-label={t('previous')} onClick={() => onMove(-1)}>
              <ChevronLeft aria-hidden />
            </Button>
            <Button size="icon" aria-label={t('next')} onClick={() => onMove(1)}>
              <ChevronRight aria-hidden />
            </Button>
          </div>
        </div>
        {image.issues.length > 0 && (
          <div className="flex flex-wrap gap-1.5">
            {image.issues.map((issue) => (
              <Badge key={issue} tone="warn">
                {codes(`${issue}.title`)}
              </Badge>
            ))}
          </div>
        )}
        <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-4 gap-y-1 text-sm">
          {facts.map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="text-faint">{name}</dt>
              <dd className="break-words">{value}</dd>
            </div>
          ))}
        </dl>
        {editable && (
          <div className="flex flex-wrap items-center gap-2 border-t border-line pt-4">
            <ClassSelect
              aria-label={t('giveClass')}
              value={edit?.kind === 'relabel' ? edit.class : image.class}
              onChange={(name) => onEdit(name === image.class ? undefined : { kind: 'relabel', class: name, place })}
              disabled={edit?.kind === 'exclude'}
              classes={version.classes.map(({ name }) => name)}
              className="min-w-40 flex-1"
            />
            <Button look={edit?.kind === 'exclude' ? 'secondary' : 'danger'} onClick={() => onEdit(edit?.kind === 'exclude' ? undefined : { kind: 'exclude', place })}>
              {edit?.kind === 'exclude' ? t('takeBack') : t('leaveOut')}
            </Button>
          </div>
        )}
      </div>
    </Dialog>
  );
}
