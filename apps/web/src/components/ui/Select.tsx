import { ChevronDown } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { classNames } from './classNames.ts';
import { selectLook, type SelectProps } from './selectProps.ts';

const loadOpenSelect = () => import('./OpenSelect.tsx');
const OpenSelect = lazy(async () => ({ default: (await loadOpenSelect()).OpenSelect }));

/** One of a few. What an open list takes is loaded when someone comes near it, as with a Menu. */
export function Select<Value extends string>({ onChange, ...props }: SelectProps<Value>) {
  const [asked, setAsked] = useState(false);
  const { value, options, className, disabled = false, ...rest } = props;
  // Where it cannot be loaded, the one that is opened says so.
  const prepare = (): void => void loadOpenSelect().catch(() => undefined);
  const closed = (
    <button
      {...rest}
      type="button"
      role="combobox"
      aria-haspopup="listbox"
      aria-expanded={false}
      disabled={disabled}
      className={classNames(selectLook, className)}
      onPointerEnter={prepare}
      onFocus={prepare}
      onClick={() => setAsked(true)}
      onKeyDown={({ key }) => (key === 'ArrowDown' || key === 'ArrowUp') && setAsked(true)}
    >
      <span className="truncate">{options.find((one) => one.value === value)?.label}</span>
      <ChevronDown className="size-3.5 text-faint" aria-hidden />
    </button>
  );
  // It gives back one of the values of its options.
  return <Suspense fallback={closed}>{asked ? <OpenSelect {...props} onChange={(next) => onChange(next as Value)} /> : closed}</Suspense>;
}
