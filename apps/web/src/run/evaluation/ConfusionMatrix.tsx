'use client';

import { useTranslations } from 'next-intl';
import { memo, useCallback, useEffect, useMemo, useRef, useState, type FocusEvent, type KeyboardEvent, type MouseEvent, type SyntheticEvent } from 'react';
import { useFormats } from '../../i18n/useFormats.ts';
import { countOf, partOf, shortPart, strengthOf, type CellPlace, type Counts } from './confusion.ts';
import { stepOf } from './matrixKeys.ts';

interface ConfusionMatrixProps {
  names: readonly string[];
  counts: Counts;
  /** What stands in the cells, and what colours them. */
  by: 'part' | 'count';
  /** Null: the cells have nothing to open. */
  onOpen: ((place: CellPlace) => void) | null;
}

/** Above so many classes the figures have no room; the squares alone show where classes are confused. */
const mostWithFigures = 15;

/** Images by their class and by what they were taken for. Arrow keys walk through the cells, of which one at a time is on the way of Tab. */
export function ConfusionMatrix({ names, counts, by, onOpen }: ConfusionMatrixProps) {
  const t = useTranslations('evaluation');
  const { percent } = useFormats();
  const body = useRef<HTMLTableSectionElement>(null);
  /** Where Tab leads. */
  const [stop, setStop] = useState<CellPlace>({ actual: 0, predicted: 0 });
  const [shown, setShown] = useState<CellPlace | null>(null);
  const walked = useRef(false);
  useEffect(() => {
    if (!walked.current) return;
    walked.current = false;
    const cell = body.current?.querySelector<HTMLElement>('[tabindex="0"]');
    cell?.focus({ preventScroll: true });
    cell?.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }, [stop]);
  const describe = useCallback(
    (place: CellPlace): string => {
      const [actual, predicted] = [names[place.actual] ?? '', names[place.predicted] ?? ''];
      const figures = { images: countOf(counts, place), part: percent(partOf(counts, place)) };
      return place.actual === place.predicted ? t('cellRight', { actual, ...figures }) : t('cell', { actual, predicted, ...figures });
    },
    [t, names, counts, percent],
  );
  const strength = useMemo(() => strengthOf(counts, by), [counts, by]);

  const press = (event: KeyboardEvent): void => {
    const place = placeOf(event);
    if (place === null) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      if (countOf(counts, place) > 0) onOpen?.(place);
      return;
    }
    const next = stepOf(event, place, names.length);
    if (next === null) return;
    event.preventDefault();
    walked.current = true;
    setStop(next);
  };
  const look = (event: SyntheticEvent): void => setShown(placeOf(event));
  const enter = (event: FocusEvent): void => {
    const place = placeOf(event);
    if (place === null) return;
    setShown(place);
    setStop(place);
  };
  const choose = (event: MouseEvent): void => {
    const place = placeOf(event);
    if (place !== null && countOf(counts, place) > 0) onOpen?.(place);
  };
  return (
    <div>
      <p className="mb-2 min-h-9 text-xs text-muted sm:min-h-5" aria-hidden={shown !== null}>
        {shown === null ? t(onOpen === null ? 'confusionHint' : 'confusionOpen') : describe(shown)}
      </p>
      <div className="overflow-x-auto" onMouseLeave={() => setShown(null)}>
        <table role="grid" aria-label={t('confusion')} aria-readonly className="w-full border-separate border-spacing-0.5 text-xs tabular-nums">
          <thead>
            <tr>
              <td />
              {names.map((name) => (
                <th key={name} scope="col" className="h-20 max-w-8 p-0 align-bottom font-normal text-faint">
                  <span className="inline-block max-h-20 rotate-180 truncate [writing-mode:vertical-rl]" title={name}>
                    {name}
                  </span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody ref={body} onKeyDown={press} onFocus={enter} onMouseOver={look} onClick={choose} className={onOpen === null ? undefined : 'cursor-pointer'}>
            {counts.map((line, actual) => (
              <MatrixRow
                key={names[actual]}
                name={names[actual] ?? ''}
                {...{ actual, line, by, describe, strength }}
                stop={stop.actual === actual ? stop.predicted : null}
                figures={names.length <= mostWithFigures}
              />
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

interface MatrixRowProps {
  name: string;
  actual: number;
  line: readonly number[];
  by: 'part' | 'count';
  figures: boolean;
  /** Its cell that Tab leads to. */
  stop: number | null;
  describe: (place: CellPlace) => string;
  strength: (place: CellPlace) => number;
}

/** Only the rows that the focus leaves and enters are drawn again. */
const MatrixRow = memo(function MatrixRow({ name, actual, line, by, figures, stop, describe, strength }: MatrixRowProps) {
  const { count } = useFormats();
  const all = Math.max(1, line.reduce((sum, images) => sum + images, 0));
  return (
    <tr>
      <th scope="row" className="sticky left-0 max-w-24 truncate bg-surface pr-1.5 text-right font-normal text-faint" title={name}>
        {name}
      </th>
      {line.map((images, predicted) => (
        <td
          key={predicted}
          role="gridcell"
          tabIndex={stop === predicted ? 0 : -1}
          data-actual={actual}
          data-predicted={predicted}
          aria-label={describe({ actual, predicted })}
          className="h-7 min-w-7 rounded-sm text-center hover:outline-2 hover:outline-faint"
          style={{ background: `color-mix(in srgb, var(${actual === predicted ? '--accent' : '--bad'}) ${Math.round(48 * strength({ actual, predicted }))}%, var(--hover))` }}
        >
          {figures && images > 0 && (by === 'count' ? count(images) : shortPart(images / all))}
        </td>
      ))}
    </tr>
  );
});

/** Which cell something happened in. */
function placeOf({ target }: SyntheticEvent): CellPlace | null {
  const { actual, predicted } = target instanceof HTMLElement ? (target.closest<HTMLElement>('[data-predicted]')?.dataset ?? {}) : {};
  return actual === undefined || predicted === undefined ? null : { actual: Number(actual), predicted: Number(predicted) };
}
