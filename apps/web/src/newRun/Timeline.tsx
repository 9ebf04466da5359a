'use client';

import type { RunSpec } from '@thaw/contract/runSpec';
import { useTranslations } from 'next-intl';
import { useMemo, useRef, useState, type KeyboardEvent, type MouseEvent, type PointerEvent } from 'react';
import { classNames } from '../components/ui/classNames.ts';
import { useFormats } from '../i18n/useFormats.ts';
import { useDraft } from './DraftContext.tsx';
import { plannedRates } from './plannedRates.ts';
import { TimelineHandle } from './TimelineHandle.tsx';
import { handlesOf, keyedTo, nearestHandle, placeOf, pointedAt, type Handle } from './timelineHandles.ts';
import { headroom, TimelinePicture } from './TimelinePicture.tsx';
import { shownFor, type Scale, type Shown } from './timelineScale.ts';
import { useWidth } from './useWidth.ts';

interface TimelineProps {
  spec: RunSpec;
  stepsPerEpoch: number;
}

const height = 236;
const edge = { left: 50, right: 16, top: 32, bottom: 36 };

interface Drag {
  name: Handle['name'];
  /** From the pointer to the middle of the handle. */
  dx: number;
  dy: number;
  /** As long as it is dragged, the axes stay. */
  shown: Shown;
}

/**
 * The recipe as a picture: its epochs, the frozen part, the thaw, the end, and the learning rate, each of which is moved by dragging it, by
 * pressing near it, or by the keyboard.
 */
export function Timeline({ spec, stepsPerEpoch }: TimelineProps) {
  const t = useTranslations('newRun.timeline');
  const { rate: formatRate } = useFormats();
  const { set } = useDraft();
  const { width, ref } = useWidth();
  const [drag, setDrag] = useState<Drag | null>(null);
  const [hovered, setHovered] = useState<Handle['name'] | null>(null);
  const tapping = useRef(false);
  const { epochs } = spec.schedule;

  const handles = useMemo(() => handlesOf(spec), [spec]);
  const rates = useMemo(() => plannedRates(spec, stepsPerEpoch), [spec, stepsPerEpoch]);
  const shown = useMemo(() => shownFor(epochs, handles.flatMap(({ axis, value }) => (axis === 'y' ? [value] : [])), rates.map(({ rate }) => rate)), [epochs, handles, rates]);
  const scale: Scale | null = width === null ? null : { ...(drag?.shown ?? shown), left: edge.left, right: Math.max(edge.left + 100, width - edge.right), top: edge.top + headroom, floor: height - edge.bottom };

  const textOf = ({ name, value }: Handle): string => {
    if (name === 'thaw') return value === epochs ? t('neverThawed') : t('thawAfter', { epochs: value });
    return name === 'end' ? t('epochs', { epochs: value }) : formatRate(value);
  };
  const gripOf = (at: Scale, handle: Handle): { x: number; y: number } => {
    const { x, y } = placeOf(at, handle);
    return { x, y: handle.name === 'thaw' ? edge.top - 14 : handle.name === 'end' ? at.floor + 16 : y };
  };
  const change = ({ path, value }: Handle, next: number | null): void => {
    if (next !== null && next !== value) set(path, next);
  };

  const placeIn = (event: MouseEvent<HTMLElement>): { x: number; y: number } => {
    const box = event.currentTarget.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const pressed = (event: MouseEvent): Handle | undefined => {
    const name = event.target instanceof Element ? event.target.closest('[data-handle]')?.getAttribute('data-handle') : null;
    return handles.find((handle) => handle.name === name);
  };
  const take = (event: PointerEvent<HTMLElement>): void => {
    const at = placeIn(event);
    const own = pressed(event);
    // A finger beside the handles may be about to scroll: if not, a click follows.
    tapping.current = event.pointerType === 'touch' && own === undefined;
    if (scale === null || event.button !== 0) return;
    const handle = own ?? (tapping.current ? null : nearestHandle(scale, handles, at));
    if (handle === null) return;
    const grip = gripOf(scale, handle);
    event.currentTarget.setPointerCapture(event.pointerId);
    event.preventDefault();
    event.currentTarget.querySelector<HTMLElement>(`[data-handle=${handle.name}]`)?.focus({ preventScroll: true });
    setDrag({ name: handle.name, dx: own === undefined ? 0 : grip.x - at.x, dy: own === undefined ? 0 : grip.y - at.y, shown });
    if (own === undefined) change(handle, pointedAt(scale, handle, at));
  };
  const move = (event: PointerEvent<HTMLElement>): void => {
    if (scale === null) return;
    const at = placeIn(event);
    if (drag === null) {
      if (event.pointerType !== 'touch') setHovered((pressed(event) ?? nearestHandle(scale, handles, at))?.name ?? null);
      return;
    }
    const handle = handles.find(({ name }) => name === drag.name);
    if (handle !== undefined) change(handle, pointedAt(scale, handle, { x: at.x + drag.dx, y: at.y + drag.dy }));
  };
  const tap = (event: MouseEvent<HTMLElement>): void => {
    if (scale === null || !tapping.current) return;
    const at = placeIn(event);
    const handle = nearestHandle(scale, handles, at);
    if (handle !== null) change(handle, pointedAt(scale, handle, at));
  };
  const press = (handle: Handle) => (event: KeyboardEvent) => {
    const next = keyedTo(handle, event.key);
    if (next === null) return;
    event.preventDefault();
    change(handle, next);
  };

  const near = drag?.name ?? hovered;
  const axis = handles.find(({ name }) => name === near)?.axis;
  return (
    <>
      <div
        ref={ref}
        role="group"
        aria-label={t('label')}
        style={{ height }}
        className={classNames('relative', axis === 'x' && 'cursor-ew-resize', axis === 'y' && 'cursor-ns-resize')}
        onPointerDown={take}
        onPointerMove={move}
        onPointerUp={() => setDrag(null)}
        onPointerCancel={() => setDrag(null)}
        onPointerLeave={() => setHovered(null)}
        onClick={tap}
      >
        {scale !== null && width !== null && (
          <>
            <TimelinePicture spec={spec} scale={scale} width={width} height={height} rates={rates} handles={handles} textOf={textOf} />
            {handles.map((handle) => (
              <TimelineHandle key={handle.name} handle={handle} label={t(`handles.${handle.name}`)} valueText={textOf(handle)} at={gripOf(scale, handle)} near={near === handle.name} onKeyDown={press(handle)} />
            ))}
          </>
        )}
      </div>
      <p className="mt-1 text-xs text-faint">{t('hint')}</p>
      {spec.scheduler.type === 'reduce_on_plateau' && <p className="text-xs text-faint">{t('plateau')}</p>}
    </>
  );
}
