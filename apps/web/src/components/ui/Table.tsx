import type { ComponentProps } from 'react';
import { classNames } from './classNames.ts';

/** A table of some dozens of rows; it scrolls sideways where it is too wide. Of thousands: see runs/RunTable. */
export function Table({ className, ...rest }: ComponentProps<'table'>) {
  // Relative: what is for screen readers alone would else stand outside of it, and widen the page.
  return (
    <div className="relative overflow-x-auto rounded-lg border border-line bg-surface" tabIndex={0}>
      <table className={classNames('w-full border-collapse text-sm', className)} {...rest} />
    </div>
  );
}

export function HeadCell({ className, ...rest }: ComponentProps<'th'>) {
  return <th scope="col" className={classNames('border-b border-line px-3 py-2 text-left text-xs font-medium whitespace-nowrap text-faint', className)} {...rest} />;
}

export function Cell({ className, ...rest }: ComponentProps<'td'>) {
  return <td className={classNames('border-b border-line px-3 py-2 [tr:last-child>&]:border-b-0', className)} {...rest} />;
}
