import type { KeyboardEvent } from 'react';
import { classNames } from '../components/ui/classNames.ts';
import type { Handle } from './timelineHandles.ts';

interface TimelineHandleProps {
  handle: Handle;
  label: string;
  valueText: string;
  /** Of its middle, in pixels of the frame. */
  at: { x: number; y: number };
  /** It is what a press would move. */
  near: boolean;
  onKeyDown: (event: KeyboardEvent) => void;
}

const dots: Record<Handle['name'], string> = { thaw: 'size-4 rounded-full bg-thaw', end: 'h-4 w-2.5 rounded-sm bg-muted', rate: 'size-3.5 rounded-full bg-(--series-4)', thawedRate: 'size-3.5 rounded-full bg-(--series-4)' };

/** What is taken hold of, larger than it looks. Only here a finger does not scroll the page. */
export function TimelineHandle({ handle: { name, axis, value, min, max }, label, valueText, at, near, onKeyDown }: TimelineHandleProps) {
  // A rate by its power of ten: that is its place, and a number as ARIA has them, which 1e-7 is not.
  const position = (of: number): number => (axis === 'x' ? of : Number(Math.log10(of).toFixed(3)));
  return (
    <div
      data-handle={name}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-orientation={axis === 'x' ? 'horizontal' : 'vertical'}
      aria-valuemin={position(min)}
      aria-valuemax={position(max)}
      aria-valuenow={position(value)}
      aria-valuetext={valueText}
      onKeyDown={onKeyDown}
      style={{ left: at.x, top: at.y }}
      className={classNames('absolute -mt-4 -ml-4 flex size-8 touch-none items-center justify-center rounded-full -outline-offset-4', axis === 'x' ? 'cursor-ew-resize' : 'cursor-ns-resize')}
    >
      <span className={classNames('block ring-2 ring-surface transition-transform', dots[name], near && 'scale-125')} />
    </div>
  );
}
