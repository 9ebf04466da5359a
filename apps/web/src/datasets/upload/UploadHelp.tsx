'use client';

import { useTranslations } from 'next-intl';

const tree = `pets.zip
├─ train/
│  ├─ cat/  001.jpg  002.jpg …
│  └─ dog/  001.jpg  002.jpg …
└─ test/
   ├─ cat/  …
   └─ dog/  …`;

/** How an upload should be laid out. */
export function UploadHelp() {
  const t = useTranslations('datasets.upload.help');
  return (
    <aside aria-labelledby="upload-help" className="flex flex-col gap-3 rounded-xl border border-line bg-surface p-4 text-sm text-muted">
      <h2 id="upload-help" className="font-semibold text-ink">{t('title')}</h2>
      <p>{t('classes')}</p>
      <pre aria-hidden className="overflow-x-auto rounded-lg bg-hover p-3 font-mono text-xs leading-5 text-muted">
        {tree}
      </pre>
      <p>{t('parts')}</p>
      <p>{t('labels')}</p>
      <p>{t('formats')}</p>
    </aside>
  );
}
