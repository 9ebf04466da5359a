import { Tooltip } from 'radix-ui';
import type { ReactElement, ReactNode } from 'react';

/** A word about a control, when it is pointed at or has the focus. It names nothing that is not named otherwise. */
export function Tip({ text, side = 'bottom', children }: { text: ReactNode; side?: 'top' | 'bottom' | 'left' | 'right'; children: ReactElement }) {
  return (
    <Tooltip.Provider delayDuration={300}>
      <Tooltip.Root>
        <Tooltip.Trigger asChild>{children}</Tooltip.Trigger>
        <Tooltip.Portal>
          <Tooltip.Content side={side} sideOffset={6} collisionPadding={8} className="z-50 max-w-72 animate-in rounded-md bg-ink px-2 py-1 text-xs text-canvas shadow-pop">
            {text}
          </Tooltip.Content>
        </Tooltip.Portal>
      </Tooltip.Root>
    </Tooltip.Provider>
  );
}
