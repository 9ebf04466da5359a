import { Check, Minus } from 'lucide-react';
import { Checkbox as Parts } from 'radix-ui';
import { classNames } from './classNames.ts';

interface CheckboxProps {
  checked: boolean | 'indeterminate';
  onChange: (checked: boolean) => void;
  id?: string;
  className?: string;
  'aria-label'?: string;
}

export function Checkbox({ checked, onChange, className, ...rest }: CheckboxProps) {
  return (
    <Parts.Root
      {...rest}
      checked={checked}
      onCheckedChange={(next) => onChange(next === true)}
      className={classNames(
        'flex size-4 shrink-0 items-center justify-center rounded border border-line-strong bg-surface text-on-accent transition-colors hover:border-faint data-[state=checked]:border-accent data-[state=checked]:bg-accent data-[state=indeterminate]:border-accent data-[state=indeterminate]:bg-accent',
        className,
      )}
    >
      <Parts.Indicator>{checked === 'indeterminate' ? <Minus className="size-3" aria-hidden /> : <Check className="size-3" aria-hidden />}</Parts.Indicator>
    </Parts.Root>
  );
}
