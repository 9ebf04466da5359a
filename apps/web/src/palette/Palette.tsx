'use client';

import { Command } from 'cmdk';
import { Search } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { Dialog } from 'radix-ui';
import { useState } from 'react';
import { useCommands } from './useCommands.ts';

/** Search and commands: everything that has a name is some letters and Enter away. */
export function Palette({ onClose }: { onClose: () => void }) {
  const t = useTranslations('palette');
  const [typed, setTyped] = useState('');
  const query = typed.trim();
  const { groups, failed } = useCommands(query);
  const count = groups.reduce((sum, { commands }) => sum + commands.length, 0);
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Portal>
        <Dialog.Overlay className="fixed inset-0 z-40 bg-[rgb(0_0_0/0.4)]" />
        <Dialog.Content className="fixed inset-x-2 top-2 z-50 mx-auto max-w-xl animate-in overflow-hidden rounded-xl border border-line bg-raised shadow-pop outline-none sm:top-[12vh]">
          <Dialog.Title className="sr-only">{t('label')}</Dialog.Title>
          <Dialog.Description className="sr-only">{t('text')}</Dialog.Description>
          <Command label={t('label')} shouldFilter={false} loop>
            <div className="flex items-center gap-2.5 border-b border-line px-3.5">
              <Search className="size-4 shrink-0 text-faint" aria-hidden />
              <Command.Input value={typed} onValueChange={setTyped} placeholder={t('placeholder')} className="h-12 min-w-0 flex-1 bg-transparent text-base outline-none placeholder:text-faint" />
            </div>
            <p role="status" className="sr-only">
              {t('found', { count })}
            </p>
            {failed && <p className="px-4 pt-3 text-sm text-bad">{t('failed')}</p>}
            {count === 0 && <p className="px-4 py-8 text-center text-sm text-muted">{t('nothing', { query })}</p>}
            <Command.List label={t('label')} className="max-h-[min(26rem,70dvh)] overflow-y-auto overscroll-contain p-1.5" hidden={count === 0}>
              {groups.map(({ name, commands }) => (
                <Command.Group
                  key={name}
                  heading={t(`groups.${name}`)}
                  className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:pt-2 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:text-faint"
                >
                  {commands.map(({ id, label, icon: Icon, hint, run }) => (
                    <Command.Item
                      key={id}
                      value={`${name}/${id}`}
                      onSelect={() => {
                        onClose();
                        run();
                      }}
                      className="flex cursor-default items-center gap-2.5 rounded-md px-2 py-1.5 text-sm select-none data-[selected=true]:bg-active"
                    >
                      <Icon className="size-4 shrink-0 text-faint" aria-hidden />
                      <span className="min-w-0 flex-1 truncate">{label}</span>
                      {hint !== undefined && <span className="shrink-0 text-xs text-muted">{hint}</span>}
                    </Command.Item>
                  ))}
                </Command.Group>
              ))}
            </Command.List>
          </Command>
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
