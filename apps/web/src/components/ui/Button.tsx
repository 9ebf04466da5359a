import { LoaderCircle } from 'lucide-react';
import { Slot } from 'radix-ui';
import type { ComponentProps } from 'react';
import { classNames } from './classNames.ts';

const looks = {
  primary: 'bg-accent text-on-accent hover:bg-accent-strong',
  secondary: 'border border-line-strong bg-surface text-ink hover:bg-hover',
  quiet: 'text-muted hover:bg-hover hover:text-ink',
  danger: 'border border-line-strong bg-surface text-bad hover:bg-bad-soft',
} as const;

const sizes = {
  small: 'h-7 gap-1.5 rounded-md px-2 text-sm',
  medium: 'h-8 gap-2 rounded-md px-3 text-sm',
  large: 'h-10 gap-2 rounded-lg px-4 text-base',
  icon: 'size-8 rounded-md',
} as const;

export interface ButtonProps extends ComponentProps<'button'> {
  look?: keyof typeof looks;
  size?: keyof typeof sizes;
  /** Under way: it turns, and cannot be pressed again. */
  busy?: boolean;
  /** Looks like a button and is its child (a link). */
  asChild?: boolean;
}

export function Button({ look = 'secondary', size = 'medium', busy = false, asChild = false, className, disabled, children, ...rest }: ButtonProps) {
  const classes = classNames(
    'relative inline-flex shrink-0 items-center justify-center font-medium whitespace-nowrap transition-colors select-none disabled:pointer-events-none disabled:opacity-50 [&_svg]:size-4 [&_svg]:shrink-0',
    looks[look],
    sizes[size],
    className,
  );
  if (asChild) return <Slot.Root className={classes}>{children}</Slot.Root>;
  return (
    <button type="button" className={classes} disabled={busy || disabled === true} aria-busy={busy} {...rest}>
      {busy && <LoaderCircle className="animate-spin" aria-hidden />}
      {children}
    </button>
  );
}
