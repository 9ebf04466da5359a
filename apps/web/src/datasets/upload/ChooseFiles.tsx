'use client';

import { FileArchive, FolderOpen, Upload } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useRef, useState } from 'react';
import { Button } from '../../components/ui/Button.tsx';
import { Notice } from '../../components/ui/Notice.tsx';
import { pickFromInput, type Picked, type Refusal } from './pickFiles.ts';

const archives = '.zip,.tar,.tgz,.gz,.zst,application/zip,application/x-tar,application/gzip,application/zstd';
/** Attributes that React's types do not know. */
const wholeFolder = { webkitdirectory: '' };

interface PickFilesProps {
  onPicked: (picked: Picked) => void;
  refusal: Refusal | null;
  /** Instead of what is said where something new is uploaded. */
  title?: string;
  text?: string;
}

/** Where files come in: dropped anywhere on the page, or chosen by these buttons. */
export function ChooseFiles({ onPicked, refusal, title, text }: PickFilesProps) {
  const t = useTranslations('datasets.upload');
  const archive = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const [reading, setReading] = useState(false);
  const pick = async (list: FileList | null): Promise<void> => {
    if (list === null || list.length === 0) return;
    setReading(true);
    onPicked(await pickFromInput(list));
    setReading(false);
  };
  return (
    <div className="flex flex-col gap-3">
      {refusal !== null && (
        <Notice tone="bad" alert>
          {t(`refused.${refusal.why}`, { kind: refusal.why === 'kind' ? refusal.kind : '' })}
        </Notice>
      )}
      <div className="flex min-h-72 flex-col items-center justify-center gap-1 rounded-xl border border-dashed border-line-strong bg-surface p-6 text-center">
        <span className="mb-2 flex size-12 items-center justify-center rounded-full bg-accent-soft text-accent">
          <Upload className="size-6" aria-hidden />
        </span>
        <p className="text-base font-semibold">{title ?? t('dropTitle')}</p>
        <p className="max-w-md text-sm text-muted">{text ?? t('dropText')}</p>
        <div className="mt-4 flex flex-wrap justify-center gap-2">
          <Button busy={reading} onClick={() => archive.current?.click()}>
            <FileArchive aria-hidden />
            {t('chooseArchive')}
          </Button>
          <Button busy={reading} onClick={() => folder.current?.click()}>
            <FolderOpen aria-hidden />
            {t('chooseFolder')}
          </Button>
        </div>
        <input ref={archive} type="file" accept={archives} hidden aria-label={t('chooseArchive')} data-testid="archive" onChange={(event) => void pick(event.target.files)} />
        <input ref={folder} type="file" {...wholeFolder} hidden aria-label={t('chooseFolder')} data-testid="folder" onChange={(event) => void pick(event.target.files)} />
      </div>
    </div>
  );
}
