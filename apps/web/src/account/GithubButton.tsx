'use client';

import { useMutation } from '@tanstack/react-query';
import { useTranslations } from 'next-intl';
import { toast } from '../components/ui/toast.ts';
import { callApi } from '../api/callApi.ts';
import { useProblemSentence } from '../api/useProblemSentence.ts';
import { Button } from '../components/ui/Button.tsx';

/** Signs in or up with GitHub, where the service is set up for it. */
export function GithubButton({ returnTo, invitation }: { returnTo: string; invitation?: string | undefined }) {
  const t = useTranslations('auth');
  const sentence = useProblemSentence();
  const begin = useMutation({
    mutationFn: () => callApi<{ url: string }>('/auth/sign-in/social', { method: 'POST', body: { provider: 'github', returnTo, ...(invitation !== undefined && { invitation }) } }),
    onSuccess: ({ url }) => window.location.assign(url),
    onError: (error) => void toast.error(sentence(error)),
  });
  return (
    <>
      <Button size="large" busy={begin.isPending} onClick={() => begin.mutate()}>
        {t('github')}
      </Button>
      <div className="flex items-center gap-3 text-xs text-faint before:h-px before:flex-1 before:bg-line after:h-px after:flex-1 after:bg-line">{t('or')}</div>
    </>
  );
}
