'use client';

import { Check, Copy } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useState } from 'react';
import { toast } from './toast.ts';
import { Button } from './Button.tsx';
import { Tip } from './Tip.tsx';

/** Copies a text; a tick says that it did. */
export function CopyButton({ text, label }: { text: string; label?: string }) {
  const t = useTranslations('ui');
  const [copied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      setTimeout(() => setCopied(false), 1500);
    } catch {
      toast.error(t('copyFailed'));
    }
  };
  const Icon = copied ? Check : Copy;
  const button = (
    <Button look="quiet" size={label === undefined ? 'icon' : 'small'} aria-label={label ?? t('copy')} onClick={() => void copy()}>
      <Icon aria-hidden />
      {label}
    </Button>
  );
  return label === undefined ? <Tip text={t('copy')}>{button}</Tip> : button;
}
