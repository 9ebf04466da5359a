'use client';

import { useLocale } from 'next-intl';
import { useEffect, useState } from 'react';
import { z } from 'zod';

/** Words the contract's own checks in the person's language, once those words are here. @returns which language they are in */
export function useZodLanguage(): string {
  const locale = useLocale();
  const [language, setLanguage] = useState('en');
  useEffect(() => {
    const load = locale === 'zh-CN' ? import('zod/v4/locales/zh-CN.js') : import('zod/v4/locales/en.js');
    void load.then(({ default: words }) => {
      z.config(words());
      setLanguage(locale);
    });
  }, [locale]);
  return language;
}
