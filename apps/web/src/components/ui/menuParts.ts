import type { DropdownMenu } from 'radix-ui';
import { createContext, use, type ReactNode } from 'react';

export interface MenuProps {
  /** The button that opens it. */
  trigger: ReactNode;
  children: ReactNode;
  align?: 'start' | 'end';
  side?: 'top' | 'bottom';
}

/** What an open menu is made of: its items have it from there, so that they are light where none is open. */
export const MenuPartsContext = createContext<typeof DropdownMenu | null>(null);

export function useMenuParts(): typeof DropdownMenu {
  const parts = use(MenuPartsContext);
  if (parts === null) throw new Error('This stands in an open menu alone.');
  return parts;
}
