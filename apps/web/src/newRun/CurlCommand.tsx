'use client';

import { useTranslations } from 'next-intl';
import { useSyncExternalStore } from 'react';
import { Card } from '../components/ui/Card.tsx';
import { CopyButton } from '../components/ui/CopyButton.tsx';

const never = () => () => undefined;

/** The same as a call of the API, to be copied. */
export function CurlCommand({ request }: { request: object }) {
  const t = useTranslations('newRun.curl');
  const origin = useSyncExternalStore(never, () => window.location.origin, () => '');
  const body = JSON.stringify(request, null, 2).replaceAll("'", String.raw`'\''`);
  const command = `curl -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \\\n  -d '${body}' \\\n  ${origin}/api/v1/runs`;
  return (
    <Card title={t('title')} actions={<CopyButton text={command} label={t('copy')} />}>
      <pre tabIndex={0} className="max-h-72 overflow-auto text-xs leading-relaxed text-muted">
        {command}
      </pre>
    </Card>
  );
}
