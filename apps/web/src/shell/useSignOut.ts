'use client';

import { useCallback } from 'react';
import { callApi } from '../api/callApi.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { toast } from '../components/ui/toast.ts';
import { forgetNetworks } from '../tryPicture/inBrowser/networkCache.ts';

/** Signs out; nothing of this person stays in memory, or of the networks that were fetched. */
export function useSignOut(): () => Promise<void> {
  const sentence = useProblemSentence();
  return useCallback(async () => {
    try {
      await callApi('/auth/sign-out', { method: 'POST' });
    } catch (error) {
      toast.error(sentence(error));
      return;
    }
    await forgetNetworks();
    // A whole new page.
    window.location.assign('/sign-in');
  }, [sentence]);
}
