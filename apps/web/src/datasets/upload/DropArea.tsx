'use client';

import { Upload } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useRef, useState, type DragEvent, type ReactNode } from 'react';
import { pickFromDrop, type Picked } from './pickFiles.ts';

const carriesFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes('Files');

/** A page onto which an archive or a folder can be dropped. Whoever has no mouse chooses a file by a button elsewhere. */
export function DropArea({ onPicked, children }: { onPicked: (picked: Picked) => void; children: ReactNode }) {
  const t = useTranslations('datasets.upload');
  const [over, setOver] = useState(false);
  // Each element within tells of its own.
  const depth = useRef(0);
  const leave = (): void => {
    depth.current = 0;
    setOver(false);
  };
  return (
    <div
      className="relative min-h-full"
      onDragEnter={(event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        depth.current++;
        setOver(true);
      }}
      onDragOver={(event) => carriesFiles(event) && event.preventDefault()}
      onDragLeave={() => {
        depth.current--;
        if (depth.current <= 0) leave();
      }}
      onDrop={(event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        leave();
        void pickFromDrop(event.dataTransfer).then(onPicked);
      }}
    >
      {children}
      {over && (
        <div aria-hidden className="pointer-events-none fixed inset-3 z-40 flex animate-in flex-col items-center justify-center gap-3 rounded-2xl border-2 border-dashed border-accent bg-canvas/85 md:left-59">
          <Upload className="size-8 text-accent" />
          <p className="text-lg font-semibold">{t('dropHere')}</p>
        </div>
      )}
    </div>
  );
}
