import { Tabs as Parts } from 'radix-ui';
import type { FocusEvent, KeyboardEvent, PointerEvent, ReactNode } from 'react';

interface TabsProps<Value extends string> {
  value: Value;
  onChange: (value: Value) => void;
  label: string;
  tabs: readonly { value: Value; title: ReactNode; content: ReactNode }[];
}

/** A tab that is pressed is given the focus by the program, which a browser takes for the keyboard's: its ring is for who uses keys. */
const withoutRing = {
  onPointerDownCapture: ({ currentTarget }: PointerEvent<HTMLElement>) => void (currentTarget.dataset['pressed'] = ''),
  onKeyDownCapture: ({ currentTarget }: KeyboardEvent<HTMLElement>) => void delete currentTarget.dataset['pressed'],
  onBlur: ({ currentTarget, relatedTarget }: FocusEvent<HTMLElement>) => {
    if (!currentTarget.contains(relatedTarget)) delete currentTarget.dataset['pressed'];
  },
};

/** Only the content of the open tab is there. */
export function Tabs<Value extends string>({ value, onChange, label, tabs }: TabsProps<Value>) {
  return (
    <Parts.Root value={value} onValueChange={(next) => onChange(next as Value)}>
      <Parts.List {...withoutRing} aria-label={label} className="flex gap-1 overflow-x-auto border-b border-line">
        {tabs.map((tab) => (
          <Parts.Trigger
            key={tab.value}
            value={tab.value}
            className="-mb-px shrink-0 rounded-t-md border-b-2 border-transparent px-3 py-2 text-sm font-medium text-muted -outline-offset-2 in-data-pressed:outline-none transition-colors hover:text-ink data-[state=active]:border-accent data-[state=active]:text-ink"
          >
            {tab.title}
          </Parts.Trigger>
        ))}
      </Parts.List>
      {tabs.map((tab) => (
        <Parts.Content key={tab.value} value={tab.value} className="rounded-md pt-5 outline-offset-4">
          {tab.content}
        </Parts.Content>
      ))}
    </Parts.Root>
  );
}
