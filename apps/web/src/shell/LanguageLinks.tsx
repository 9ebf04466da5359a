'use client';

import { useLocale, useTranslations } from 'next-intl';
import { useRouter } from 'next/navigation';
import { classNames } from '../components/ui/classNames.ts';
import { localeNames, locales } from '../i18n/locales.ts';
import { setLocale } from './preferences.ts';

/** The languages, for pages without the menu of an account. */
export function LanguageLinks() {
  const t = useTranslations('shell');
  const current = useLocale();
  const router = useRouter();
  return (
    <div role="group" aria-label={t('language')} className="flex gap-3 text-xs">
      {locales.map((locale) => (
        <button
          key={locale}
          type="button"
          lang={locale}
          aria-pressed={locale === current}
          className={classNames('rounded px-1 py-0.5', locale === current ? 'text-ink' : 'text-faint hover:text-ink')}
          onClick={() => {
            setLocale(locale);
            router.refresh();
          }}
        >
          {localeNames[locale]}
        </button>
      ))}
    </div>
  );
}
