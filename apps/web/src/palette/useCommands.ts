'use client';

import { FlaskConical, Images, Keyboard, Languages, LogOut, Plus, SunMoon, Upload, type LucideIcon } from 'lucide-react';
import { useLocale, useTranslations } from 'next-intl';
import { useRouter } from 'next/navigation';
import { useAccount } from '../account/AccountContext.tsx';
import { localeNames, locales } from '../i18n/locales.ts';
import { places } from '../shell/navigation.ts';
import { chosenTheme, setLocale, setTheme } from '../shell/preferences.ts';
import { themes } from '../shell/themes.ts';
import { useSignOut } from '../shell/useSignOut.ts';
import { openPalette } from './paletteEvent.ts';
import { contains, useFound } from './useFound.ts';

export interface Command {
  id: string;
  label: string;
  icon: LucideIcon;
  /** Beside the label, in small letters. */
  hint?: string;
  run: () => void;
}

export interface CommandGroup {
  name: 'actions' | 'pages' | 'runs' | 'datasets' | 'settings';
  commands: Command[];
}

/** All that can be gone to and done by name; without a query the newest runs. */
export function useCommands(query: string): { groups: CommandGroup[]; failed: boolean } {
  const t = useTranslations('palette');
  const shell = useTranslations('shell');
  const navigation = useTranslations('navigation');
  const status = useTranslations('status');
  const router = useRouter();
  const locale = useLocale();
  const { role } = useAccount();
  const signOut = useSignOut();
  const { runs, datasets, failed } = useFound(query);
  const go = (href: string) => () => router.push(href);

  const shown = places.filter(({ administratorsOnly = false }) => !administratorsOnly || role === 'administrator');
  const fixed: CommandGroup[] = [
    {
      name: 'actions',
      commands: [
        { id: 'newRun', label: navigation('newRun'), icon: Plus, run: go('/runs/new') },
        { id: 'upload', label: t('upload'), icon: Upload, run: go('/datasets') },
      ],
    },
    { name: 'pages', commands: shown.map(({ href, label, icon }) => ({ id: href, label: navigation(label), icon, run: go(href) })) },
  ];
  const settings: CommandGroup = {
    name: 'settings',
    commands: [
      ...themes
        .filter((theme) => theme !== chosenTheme())
        .map((theme) => ({ id: theme, label: t('theme', { name: shell(`themes.${theme}`) }), icon: SunMoon, run: () => setTheme(theme) })),
      ...locales
        .filter((one) => one !== locale)
        .map((one) => ({
          id: one,
          label: t('language', { name: localeNames[one] }),
          icon: Languages,
          run: () => {
            setLocale(one);
            router.refresh();
          },
        })),
      { id: 'shortcuts', label: t('shortcuts'), icon: Keyboard, hint: '?', run: () => openPalette('shortcuts') },
      { id: 'signOut', label: t('signOut'), icon: LogOut, run: () => void signOut() },
    ],
  };
  const named = ({ name, commands }: CommandGroup): CommandGroup => ({ name, commands: commands.filter(({ label }) => contains(label, query)) });
  const groups: CommandGroup[] = [
    ...fixed.map(named),
    { name: 'runs', commands: runs.map(({ id, name, status: state }) => ({ id, label: name, icon: FlaskConical, hint: status(state), run: go(`/runs/${id}`) })) },
    { name: 'datasets', commands: datasets.map(({ id, name }) => ({ id, label: name, icon: Images, run: go(`/datasets/${id}`) })) },
    named(settings),
  ];
  return { groups: groups.filter(({ commands }) => commands.length > 0), failed };
}
