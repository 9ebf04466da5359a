import { Check } from 'lucide-react';
import { Slot } from 'radix-ui';
import { lazy, Suspense, useState, type KeyboardEvent, type ReactNode } from 'react';
import { classNames } from './classNames.ts';
import { useMenuParts, type MenuProps } from './menuParts.ts';

const loadOpenMenu = () => import('./OpenMenu.tsx');
const OpenMenu = lazy(async () => ({ default: (await loadOpenMenu()).OpenMenu }));

/** A menu behind a button. What it takes is loaded when someone comes near: most pages are read without any. */
export function Menu(props: MenuProps) {
  const [asked, setAsked] = useState(false);
  // Where it cannot be loaded, the one that is opened says so.
  const prepare = (): void => void loadOpenMenu().catch(() => undefined);
  const closed = (
    <Slot.Root
      aria-haspopup="menu"
      aria-expanded={false}
      data-state="closed"
      onPointerEnter={prepare}
      onFocus={prepare}
      onClick={() => setAsked(true)}
      onKeyDown={(event: KeyboardEvent) => event.key === 'ArrowDown' && setAsked(true)}
    >
      {props.trigger}
    </Slot.Root>
  );
  return <Suspense fallback={closed}>{asked ? <OpenMenu {...props} /> : closed}</Suspense>;
}

const item = 'flex w-full cursor-default items-center gap-2 rounded-md px-2 py-1.5 text-sm outline-none select-none data-[disabled]:opacity-50 data-[highlighted]:bg-hover [&_svg]:size-4 [&_svg]:shrink-0';

interface MenuItemProps {
  onSelect?: () => void;
  disabled?: boolean;
  danger?: boolean;
  /** It is its child (a link). */
  asChild?: boolean;
  children: ReactNode;
}

export function MenuItem({ danger = false, onSelect, disabled = false, asChild = false, children }: MenuItemProps) {
  const { Item } = useMenuParts();
  return (
    <Item className={classNames(item, danger ? 'text-bad' : '[&_svg]:text-faint')} disabled={disabled} asChild={asChild} {...(onSelect && { onSelect })}>
      {children}
    </Item>
  );
}

export function MenuLabel({ children }: { children: ReactNode }) {
  const { Label } = useMenuParts();
  return <Label className="px-2 pt-1.5 pb-1 text-xs text-faint">{children}</Label>;
}

export function MenuSeparator() {
  const { Separator } = useMenuParts();
  return <Separator className="-mx-1 my-1 h-px bg-line" />;
}

interface MenuChoiceProps<Value extends string> {
  value: Value;
  onChange: (value: Value) => void;
  options: readonly { value: Value; label: ReactNode }[];
}

/** One of several, marked by a tick. */
export function MenuChoice<Value extends string>({ value, onChange, options }: MenuChoiceProps<Value>) {
  const { RadioGroup, RadioItem, ItemIndicator } = useMenuParts();
  return (
    <RadioGroup value={value} onValueChange={(next) => onChange(next as Value)}>
      {options.map(({ value: one, label }) => (
        <RadioItem key={one} value={one} className={classNames(item, 'relative pl-8')}>
          <ItemIndicator className="absolute left-2">
            <Check className="text-accent" aria-hidden />
          </ItemIndicator>
          {label}
        </RadioItem>
      ))}
    </RadioGroup>
  );
}
