'use client';

import type { createVersionRequest, DatasetVersion } from '@thaw/contract/datasets';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { toast } from '../components/ui/toast.ts';
import type { z } from 'zod';
import { callApi } from '../api/callApi.ts';
import { datasetPath, refreshDataset } from './queries.ts';
import { usePlace } from './usePlace.ts';

/** Makes a new version out of one, by remedies and edits; the page then shows how it comes about. */
export function useNewVersion(dataset: string, onMade: () => void = () => undefined) {
  const t = useTranslations('datasets');
  const queries = useQueryClient();
  const [, go] = usePlace();
  return useMutation({
    mutationFn: (body: z.input<typeof createVersionRequest>) => callApi<DatasetVersion>(datasetPath(dataset, '/versions'), { method: 'POST', body }),
    onSuccess: async (made) => {
      onMade();
      toast.success(t('versionBegun', { version: made.version }));
      // The newest that is ready, which will be the new one.
      go({ version: null, issue: null });
      window.scrollTo({ top: 0 });
      await refreshDataset(queries, dataset);
    },
  });
}
