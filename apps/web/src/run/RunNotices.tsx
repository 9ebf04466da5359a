'use client';

import { useTranslations } from 'next-intl';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Notice } from '../components/ui/Notice.tsx';
import { useFormats } from '../i18n/useFormats.ts';
import { useRun } from '../live/useRun.ts';

/** What should be known before the figures: why it waits, why it failed and what to do, whether what is shown is fresh. */
export function RunNotices() {
  const t = useTranslations('run.notices');
  const failures = useTranslations('failures');
  const sentence = useProblemSentence();
  const formats = useFormats();
  const { model, connection, error } = useRun();
  const { run } = model;
  if (run === null) return null;
  const { failure, status, waitsFor, queuePosition } = run;
  return (
    <>
      {connection === 'waiting' && <Notice tone="warn" title={t('reconnecting')} />}
      {connection === 'refused' && error !== null && (
        <Notice tone="bad" alert title={t('refused')}>
          {sentence(error)}
        </Notice>
      )}
      {failure !== null && (
        <Notice tone={status === 'failed' ? 'bad' : 'warn'} title={failures(failure.code)}>
          {failure.message}
        </Notice>
      )}
      {status === 'queued' && waitsFor !== null && (
        <Notice title={queuePosition === null ? t('waiting') : t('waitingAt', { position: formats.count(queuePosition) })}>{t(`waitsFor.${waitsFor}`)}</Notice>
      )}
    </>
  );
}
