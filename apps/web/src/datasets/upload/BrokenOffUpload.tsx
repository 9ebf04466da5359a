'use client';

import type { Upload } from '@thaw/contract/uploads';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { callApi } from '../../api/callApi.ts';
import { useProblemSentence } from '../../api/useProblemSentence.ts';
import { Button } from '../../components/ui/Button.tsx';
import { Card } from '../../components/ui/Card.tsx';
import { Notice } from '../../components/ui/Notice.tsx';
import { Progress } from '../../components/ui/Progress.tsx';
import { useFormats } from '../../i18n/useFormats.ts';
import { refreshDataset } from '../queries.ts';
import { DropArea } from './DropArea.tsx';
import type { Picked } from './pickFiles.ts';
import { ChooseFiles } from './ChooseFiles.tsx';
import { isSameSource, uploadStore } from './uploadStore.ts';

/** An upload that this page does not send: after a reload the file must be chosen again, for a page may not keep it. */
export function BrokenOffUpload({ upload }: { upload: Upload }) {
  const t = useTranslations('datasets.upload');
  const format = useFormats();
  const sentence = useProblemSentence();
  const queries = useQueryClient();
  const [picked, setPicked] = useState<Picked | null>(null);
  const [other, setOther] = useState(false);
  const done = upload.received.length / upload.partCount;
  const take = (next: Picked): void => {
    const same = 'source' in next && isSameSource(upload, next.source);
    setOther('source' in next && !same);
    setPicked(next);
    if (same) uploadStore.send(upload, next.source);
  };
  const giveUp = useMutation({ mutationFn: () => callApi(`/v1/uploads/${upload.id}`, { method: 'DELETE' }), onSettled: () => refreshDataset(queries, upload.dataset) });
  return (
    <DropArea onPicked={take}>
      <Card
        title={t('brokenTitle', { file: upload.fileName })}
        actions={
          <Button size="small" look="quiet" busy={giveUp.isPending} onClick={() => giveUp.mutate()}>
            {t('giveUp')}
          </Button>
        }
      >
        <div className="flex flex-col gap-3">
          <Progress value={done} label={t('progress')} />
          <p className="text-sm text-muted">{t('brokenText', { part: format.percent(done), all: format.bytes(upload.bytes), until: format.moment(upload.expiresAt) })}</p>
          {other && (
            <Notice tone="bad" alert>
              {t('otherFile', { file: upload.fileName, all: format.bytes(upload.bytes) })}
            </Notice>
          )}
          {giveUp.error !== null && (
            <Notice tone="bad" alert>
              {sentence(giveUp.error)}
            </Notice>
          )}
          <ChooseFiles onPicked={take} refusal={picked !== null && 'refusal' in picked ? picked.refusal : null} title={t('chooseAgain', { file: upload.fileName })} text={t('chooseAgainText')} />
        </div>
      </Card>
    </DropArea>
  );
}
