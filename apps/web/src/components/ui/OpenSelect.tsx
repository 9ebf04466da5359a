import { Check, ChevronDown } from 'lucide-react';
import { Select as Parts } from 'radix-ui';
import { useState } from 'react';
import { classNames } from './classNames.ts';
import { selectLook, type SelectProps } from './selectProps.ts';

/** A list that has been opened once. An empty text is no value (Radix keeps it for "nothing chosen"). */
export function OpenSelect({ value, onChange, options, className, disabled = false, ...trigger }: SelectProps<string>) {
  const [open, setOpen] = useState(true);
  return (
    <Parts.Root value={value} onValueChange={onChange} disabled={disabled} open={open} onOpenChange={setOpen}>
      <Parts.Trigger {...trigger} className={classNames(selectLook, className)}>
        <span className="truncate">
          <Parts.Value />
        </span>
        <Parts.Icon>
          <ChevronDown className="size-3.5 text-faint" aria-hidden />
        </Parts.Icon>
      </Parts.Trigger>
      <Parts.Portal>
        <Parts.Content position="popper" sideOffset={4} className="z-50 max-h-(--radix-select-content-available-height) min-w-(--radix-select-trigger-width) animate-in overflow-hidden rounded-lg border border-line bg-raised p-1 shadow-pop">
          <Parts.Viewport>
            {options.map(({ value: one, label, hint }) => (
              <Parts.Item
                key={one}
                value={one}
                className="flex cursor-default items-center gap-2 rounded-md py-1.5 pr-2 pl-7 text-sm outline-none select-none data-[highlighted]:bg-hover data-[state=checked]:font-medium"
              >
                <Parts.ItemIndicator className="absolute left-2.5">
                  <Check className="size-3.5 text-accent" aria-hidden />
                </Parts.ItemIndicator>
                <Parts.ItemText>{label}</Parts.ItemText>
                {hint !== undefined && <span className="ml-auto pl-4 text-xs text-faint">{hint}</span>}
              </Parts.Item>
            ))}
          </Parts.Viewport>
        </Parts.Content>
      </Parts.Portal>
    </Parts.Root>
  );
}
