'use client';

import { useWindowVirtualizer } from '@tanstack/react-virtual';
import { TriangleAlert } from 'lucide-react';
import { useTranslations } from 'next-intl';
import { useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';
import { classNames } from '../../components/ui/classNames.ts';
import { keyOf, type Edits } from './edits.ts';
import type { BrowsedImage } from './useImages.ts';

const gap = 8;
const tile = 112;
const caption = 22;

interface ImageGridProps {
  images: readonly BrowsedImage[];
  /** How many there are in all; null where that is not known. */
  total: number | null;
  edits: Edits;
  onOpen: (index: number) => void;
  hasMore: boolean;
  onMore: () => void;
}

/** Thousands of pictures of which only those in view are on the page. Arrow keys walk through them. */
export function ImageGrid({ images, total, edits, onOpen, hasMore, onMore }: ImageGridProps) {
  const t = useTranslations('datasets.images');
  const frame = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState({ width: 0, top: 0 });
  useLayoutEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const measure = (): void => setPlace({ width: element.clientWidth, top: element.getBoundingClientRect().top + window.scrollY });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const columns = Math.max(2, Math.floor((place.width + gap) / (tile + gap)));
  const side = (place.width - gap * (columns - 1)) / columns;
  const rows = Math.ceil((total ?? images.length + (hasMore ? columns * 4 : 0)) / columns);
  const virtual = useWindowVirtualizer({ count: place.width === 0 ? 0 : rows, estimateSize: () => side + caption + gap, overscan: 4, scrollMargin: place.top });
  useEffect(() => virtual.measure(), [virtual, side]);
  const visible = virtual.getVirtualItems();
  const last = visible.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && (last + 1) * columns >= images.length - columns * 6) onMore();
  }, [hasMore, last, columns, images.length, onMore]);

  const walk = (event: KeyboardEvent<HTMLElement>): void => {
    const from = Number((event.target as HTMLElement).dataset['index'] ?? NaN);
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    if (by === undefined || Number.isNaN(from)) return;
    const to = frame.current?.querySelector<HTMLElement>(`[data-index="${from + by}"]`);
    if (to === null || to === undefined) return;
    event.preventDefault();
    to.focus();
    to.scrollIntoView({ block: 'nearest' });
  };
  return (
    <div ref={frame} onKeyDown={walk} className="relative min-h-96" style={{ height: place.width === 0 ? undefined : virtual.getTotalSize() }}>
      {visible.map((row) => (
        <div key={row.key} className="absolute inset-x-0 grid" style={{ top: row.start - place.top, gap, gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))` }}>
          {Array.from({ length: columns }, (_, column) => row.index * columns + column)
            .filter((index) => index < (total ?? Infinity))
            .map((index) => {
              const image = images[index];
              if (image === undefined) return <div key={index} aria-hidden className={classNames('aspect-square rounded-lg', hasMore && 'animate-pulse bg-hover')} />;
              const edit = edits.get(keyOf(image));
              return (
                <button key={index} type="button" data-index={index} onClick={() => onOpen(index)} className="group flex min-w-0 flex-col rounded-lg text-left">
                  <span className="relative block aspect-square w-full overflow-hidden rounded-lg bg-hover">
                    <img
                      src={`/api${image.thumbnail}`}
                      alt={t('alt', { name: image.class, path: image.path })}
                      loading="lazy"
                      decoding="async"
                      className={classNames('size-full object-cover transition-transform [image-rendering:pixelated] group-hover:scale-105', edit?.kind === 'exclude' && 'opacity-20')}
                    />
                    {image.issues.length > 0 && (
                      <span className="absolute top-1 right-1 rounded-md bg-warn-soft p-0.5 text-warn">
                        <TriangleAlert className="size-3.5" aria-hidden />
                      </span>
                    )}
                  </span>
                  <span aria-hidden className={classNames('truncate px-0.5 pt-0.5 text-xs', edit === undefined ? 'text-faint' : edit.kind === 'exclude' ? 'text-bad line-through' : 'font-medium text-accent')}>
                    {edit?.kind === 'relabel' ? edit.class : image.class}
                  </span>
                </button>
              );
            })}
        </div>
      ))}
    </div>
  );
}
