import { ToggleGroup } from 'radix-ui';
import type { ReactNode } from 'react';

interface SegmentedProps<Value extends string> {
  value: Value;
  onChange: (value: Value) => void;
  label: string;
  options: readonly { value: Value; label: ReactNode }[];
}

/** One of two or three that stand side by side. */
export function Segmented<Value extends string>({ value, onChange, label, options }: SegmentedProps<Value>) {
  return (
    <ToggleGroup.Root type="single" value={value} onValueChange={(next) => next !== '' && onChange(next as Value)} aria-label={label} className="inline-flex h-7 items-center rounded-md bg-hover p-0.5">
      {options.map(({ value: one, label: words }) => (
        <ToggleGroup.Item
          key={one}
          value={one}
          className="h-6 rounded px-2 text-xs font-medium text-muted transition-colors hover:text-ink data-[state=on]:bg-raised data-[state=on]:text-ink data-[state=on]:shadow-[0_1px_2px_rgb(0_0_0/0.12)]"
        >
          {words}
        </ToggleGroup.Item>
      ))}
    </ToggleGroup.Root>
  );
}
