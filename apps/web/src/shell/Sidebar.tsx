'use client';

import { Plus } from 'lucide-react';
import { useTranslations } from 'next-intl';
import Link from 'next/link';
import { usePathname } from 'next/navigation';
import { useAccount } from '../account/AccountContext.tsx';
import { Button } from '../components/ui/Button.tsx';
import { classNames } from '../components/ui/classNames.ts';
import { PaletteButton } from '../palette/PaletteButton.tsx';
import { AccountMenu } from './AccountMenu.tsx';
import { Logo } from './Logo.tsx';
import { places } from './navigation.ts';

export function Sidebar({ onNavigate }: { onNavigate: () => void }) {
  const t = useTranslations('navigation');
  const path = usePathname();
  const { role } = useAccount();
  const shown = places.filter(({ administratorsOnly = false }) => !administratorsOnly || role === 'administrator');
  return (
    <div className="flex h-full flex-col gap-4 p-3">
      <Link href="/runs" onClick={onNavigate} className="flex items-center gap-2 rounded-md px-2 pt-1.5 text-lg font-semibold">
        <Logo className="size-6" />
        Thaw
      </Link>
      <Button asChild look="primary">
        <Link href="/runs/new" onClick={onNavigate}>
          <Plus aria-hidden />
          {t('newRun')}
        </Link>
      </Button>
      <PaletteButton onOpen={onNavigate} />
      <nav aria-label={t('label')} className="flex flex-1 flex-col gap-0.5">
        {shown.map(({ href, label, icon: Icon }) => {
          const here = path === href || path.startsWith(`${href}/`);
          return (
            <Link
              key={href}
              href={href}
              onClick={onNavigate}
              aria-current={here ? 'page' : undefined}
              className={classNames(
                'flex h-8 items-center gap-2.5 rounded-md px-2 text-sm font-medium transition-colors',
                here ? 'bg-active text-ink' : 'text-muted hover:bg-hover hover:text-ink',
              )}
            >
              <Icon className="size-4 shrink-0" aria-hidden />
              {t(label)}
            </Link>
          );
        })}
      </nav>
      <AccountMenu />
    </div>
  );
}
