import { useId, type ComponentProps, type ReactNode } from 'react';
import { classNames } from './classNames.ts';

const box =
  'w-full rounded-md border border-line-strong bg-surface text-ink placeholder:text-faint transition-colors hover:border-faint aria-invalid:border-bad disabled:opacity-50';

export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return <input className={classNames(box, 'h-8 px-2.5 text-base sm:text-sm', className)} {...rest} />;
}

export function TextArea({ className, ...rest }: ComponentProps<'textarea'>) {
  return <textarea className={classNames(box, 'min-h-20 px-2.5 py-1.5 text-base sm:text-sm', className)} {...rest} />;
}

interface FieldProps {
  label: ReactNode;
  /** Below it, as long as nothing is wrong. */
  hint?: ReactNode;
  error?: string | undefined;
  className?: string;
  /** Gets what ties it to its label, hint and error. */
  children: (props: { id: string; 'aria-invalid': boolean; 'aria-describedby': string | undefined }) => ReactNode;
}

/** A control with its label, and below it a hint or what is wrong. */
export function Field({ label, hint, error, className, children }: FieldProps) {
  const id = useId();
  const below = error ?? hint;
  return (
    <div className={classNames('flex flex-col gap-1.5', className)}>
      <label htmlFor={id} className="text-sm font-medium">
        {label}
      </label>
      {children({ id, 'aria-invalid': error !== undefined, 'aria-describedby': below === undefined ? undefined : `${id}-below` })}
      {below !== undefined && (
        <p id={`${id}-below`} className={classNames('text-xs', error === undefined ? 'text-faint' : 'text-bad')}>
          {below}
        </p>
      )}
    </div>
  );
}
