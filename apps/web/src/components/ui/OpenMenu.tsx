import { DropdownMenu } from 'radix-ui';
import { useState } from 'react';
import { MenuPartsContext, type MenuProps } from './menuParts.ts';

/** A menu that has been opened once, with all that this takes: the rest of the page need not wait for it. */
export function OpenMenu({ trigger, children, align = 'end', side = 'bottom' }: MenuProps) {
  const [open, setOpen] = useState(true);
  return (
    <MenuPartsContext value={DropdownMenu}>
      <DropdownMenu.Root open={open} onOpenChange={setOpen}>
        <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content
            align={align}
            side={side}
            sideOffset={6}
            collisionPadding={8}
            className="z-50 min-w-44 animate-in rounded-lg border border-line bg-raised p-1 text-ink shadow-pop"
          >
            {children}
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
    </MenuPartsContext>
  );
}
