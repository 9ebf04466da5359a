'use client';

import { useTranslations } from 'next-intl';
import { useSyncExternalStore } from 'react';
import { Card } from '../components/ui/Card.tsx';
import { CopyButton } from '../components/ui/CopyButton.tsx';
import { curlCommand } from './curlCommand.ts';

const never = () => () => undefined;

/** The same as a call of the API, to be copied. */
export function CurlCommand({ path, body }: { path: string; body: object }) {
  const t = useTranslations('newRun.curl');
  const origin = useSyncExternalStore(never, () => window.location.origin, () => '');
  const command = curlCommand(`${origin}/api${path}`, body);
  return (
    <Card title={t('title')} actions={<CopyButton text={command} label={t('copy')} />}>
      <pre tabIndex={0} className="max-h-72 overflow-auto text-xs leading-relaxed text-muted">
        {command}
      </pre>
    </Card>
  );
}
