'use client';

import { useTranslations } from 'next-intl';
import { CopyButton } from '../components/ui/CopyButton.tsx';
import { Notice } from '../components/ui/Notice.tsx';

interface SecretOnceProps {
  secret: string;
  /** What it is for, as a line for a terminal. */
  line?: string | undefined;
}

/** A secret that is shown this once and kept nowhere. */
export function SecretOnce({ secret, line }: SecretOnceProps) {
  const t = useTranslations('settings.secret');
  return (
    <div className="flex flex-col gap-4">
      <Notice tone="warn">{t('once')}</Notice>
      <Code text={secret} label={t('copy')} testId="secret" />
      {line !== undefined && (
        <div className="flex flex-col gap-1.5">
          <p className="text-sm font-medium">{t('tryIt')}</p>
          <Code text={line} label={t('copyLine')} />
        </div>
      )}
    </div>
  );
}

function Code({ text, label, testId }: { text: string; label: string; testId?: string }) {
  return (
    <div className="flex flex-col items-end gap-1 rounded-lg bg-hover p-2">
      <code data-testid={testId} className="w-full font-mono text-xs break-all whitespace-pre-wrap select-all">
        {text}
      </code>
      <CopyButton text={text} label={label} />
    </div>
  );
}
