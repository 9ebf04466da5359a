'use client';

import { ChevronsUpDown, LogOut } from 'lucide-react';
import { useLocale, useTranslations } from 'next-intl';
import { useRouter } from 'next/navigation';
import { useSyncExternalStore } from 'react';
import { useAccount } from '../account/AccountContext.tsx';
import { Menu, MenuChoice, MenuItem, MenuLabel, MenuSeparator } from '../components/ui/Menu.tsx';
import { localeNames, locales } from '../i18n/locales.ts';
import { chosenTheme, onThemeChange, setLocale, setTheme } from './preferences.ts';
import { themes } from './themes.ts';
import { useSignOut } from './useSignOut.ts';

/** Who is signed in, theme, language, and the way out. */
export function AccountMenu() {
  const t = useTranslations('shell');
  const account = useAccount();
  const signOut = useSignOut();
  const router = useRouter();
  const locale = useLocale();
  const theme = useSyncExternalStore(onThemeChange, chosenTheme, () => 'system' as const);

  const trigger = (
    <button type="button" className="flex items-center gap-2.5 rounded-md p-2 text-left transition-colors hover:bg-hover data-[state=open]:bg-hover">
      <span aria-hidden className="flex size-7 shrink-0 items-center justify-center rounded-full bg-accent-soft text-xs font-semibold text-accent-strong uppercase">
        {[...account.name][0] ?? '?'}
      </span>
      <span className="min-w-0 flex-1">
        <span className="block truncate text-sm font-medium">{account.name}</span>
        <span className="block truncate text-xs text-faint">{account.email}</span>
      </span>
      <ChevronsUpDown className="size-4 shrink-0 text-faint" aria-hidden />
    </button>
  );
  return (
    <Menu trigger={trigger} align="start" side="top">
      <MenuLabel>{t('theme')}</MenuLabel>
      <MenuChoice value={theme} onChange={setTheme} options={themes.map((value) => ({ value, label: t(`themes.${value}`) }))} />
      <MenuSeparator />
      <MenuLabel>{t('language')}</MenuLabel>
      <MenuChoice
        value={locale}
        onChange={(next) => {
          setLocale(next);
          router.refresh();
        }}
        options={locales.map((value) => ({ value, label: localeNames[value] }))}
      />
      <MenuSeparator />
      <MenuItem onSelect={() => void signOut()}>
        <LogOut aria-hidden />
        {t('signOut')}
      </MenuItem>
    </Menu>
  );
}
