import type { RunSpec } from '@thaw/contract/runSpec';
import { useTranslations } from 'next-intl';
import { useFormats } from '../i18n/useFormats.ts';
import type { PlannedRate } from './plannedRates.ts';
import { placeOf, type Handle } from './timelineHandles.ts';
import { epochTicks, xOf, yOf, type Scale } from './timelineScale.ts';

interface TimelinePictureProps {
  spec: RunSpec;
  scale: Scale;
  width: number;
  height: number;
  rates: readonly PlannedRate[];
  handles: readonly Handle[];
  textOf: (handle: Handle) => string;
}

/** Of 12 pixels, nearly; a Chinese character is a square. */
const textWidth = (text: string): number => [...text].reduce((sum, character) => sum + (character > '\u2e80' ? 12 : 6.6), 0);

/** What the timeline shows; the handles lie upon it. */
export function TimelinePicture({ spec, scale, width, height, rates, handles, textOf }: TimelinePictureProps) {
  const t = useTranslations('newRun.timeline');
  const { count, rate: formatRate } = useFormats();
  const { epochs, freezeEpochs, keepFrozen } = spec.schedule;
  const { left, right, floor } = scale;
  const roof = scale.top - headroom;
  const [end, thaw] = [xOf(scale, epochs), xOf(scale, freezeEpochs)];
  const line = rates.map(({ at, rate }, i) => `${i === 0 ? 'M' : 'L'}${xOf(scale, at).toFixed(1)} ${yOf(scale, rate).toFixed(1)}`).join('');
  const decades = Array.from({ length: scale.high - scale.low + 1 }, (_, i) => scale.low + i).filter((_, i) => i % Math.ceil((scale.high - scale.low) / 5) === 0);
  const phases = [
    { from: left, to: thaw, text: t('frozen'), fill: 'var(--ice)', color: 'var(--accent-strong)' },
    { from: thaw, to: end, text: keepFrozen === null ? t('thawed') : t(`above.${keepFrozen}`), fill: 'var(--hover)', color: 'var(--muted)' },
  ];
  const besideOf = (x: number, text: string) => (x + 16 + textWidth(text) <= width ? ({ x: x + 16, textAnchor: 'start' } as const) : ({ x: x - 16, textAnchor: 'end' } as const));
  const endText = t('epochs', { epochs });
  const endBeside = besideOf(end, endText);
  const endSpan = [Math.min(end, endBeside.x - (endBeside.textAnchor === 'end' ? textWidth(endText) : 0)) - 20, Math.max(end, endBeside.x + (endBeside.textAnchor === 'start' ? textWidth(endText) : 0)) + 20] as const;
  const ticks = epochTicks(scale, 34).filter((tick) => xOf(scale, tick) < endSpan[0] || xOf(scale, tick) > endSpan[1]);
  const thawHandle = handles.find(({ name }) => name === 'thaw');
  return (
    <svg width={width} height={height} className="block text-xs select-none" aria-hidden>
      <rect x={left} y={roof} width={right - left} height={floor - roof} rx={6} fill="none" stroke="var(--line)" strokeDasharray="3 4" />
      {phases.map(({ from, to, text, fill, color }) => (
        <g key={fill}>
          <rect x={from} y={roof} width={Math.max(0, to - from)} height={floor - roof} fill={fill} />
          {to - from > textWidth(text) + 16 && (
            <text x={from + 8} y={roof + 17} fill={color} fontWeight={600}>
              {text}
            </text>
          )}
        </g>
      ))}
      {decades.map((decade) => (
        <g key={decade}>
          <line x1={left} x2={right} y1={yOf(scale, 10 ** decade)} y2={yOf(scale, 10 ** decade)} stroke="var(--line)" />
          <text x={left - 6} y={yOf(scale, 10 ** decade) + 4} textAnchor="end" fill="var(--faint)">
            {formatRate(10 ** decade)}
          </text>
        </g>
      ))}
      <path d={`${line}L${end} ${floor}L${left} ${floor}Z`} fill="var(--series-4)" opacity={0.14} />
      <path d={line} stroke="var(--series-4)" strokeWidth={2} strokeLinejoin="round" fill="none" />
      {ticks.map((tick) => (
        <text key={tick} x={xOf(scale, tick)} y={floor + 20} textAnchor={tick === 0 ? 'start' : 'middle'} fill="var(--faint)">
          {count(tick)}
        </text>
      ))}
      <line x1={end} x2={end} y1={roof} y2={floor + 16} stroke="var(--muted)" strokeWidth={2} />
      <text {...endBeside} y={floor + 20} fill="var(--ink)" fontWeight={600}>
        {endText}
      </text>
      <line x1={thaw} x2={thaw} y1={roof - 14} y2={floor} stroke="var(--thaw)" strokeWidth={2} strokeDasharray="5 4" />
      {thawHandle !== undefined && (
        <text {...besideOf(thaw, textOf(thawHandle))} y={roof - 10} fill="var(--thaw)" fontWeight={600}>
          {textOf(thawHandle)}
        </text>
      )}
      <RateTexts scale={scale} handles={handles.filter(({ axis }) => axis === 'y')} textOf={textOf} />
    </svg>
  );
}

/** Pixels above the highest rate, for the names of the phases. */
export const headroom = 34;

/** The rates at their handles, one below where the two would lie on each other. */
function RateTexts({ scale, handles, textOf }: Pick<TimelinePictureProps, 'scale' | 'handles' | 'textOf'>) {
  const placed = handles.map((handle) => {
    const { x, y } = placeOf(scale, handle);
    const text = textOf(handle);
    const half = textWidth(text) / 2;
    return { text, half, x: Math.min(scale.right - half, Math.max(scale.left + half + 2, x)), y, from: xOf(scale, handle.from), to: xOf(scale, handle.to), base: yOf(scale, handle.value) };
  });
  const [first, second] = placed;
  const collide = first !== undefined && second !== undefined && Math.abs(first.x - second.x) < first.half + second.half + 6 && Math.abs(first.y - second.y) < 16;
  return placed.map(({ text, x, y, from, to, base }, i) => (
    <g key={i}>
      <line x1={from} x2={to} y1={base} y2={base} stroke="var(--series-4)" strokeDasharray="2 4" />
      <text x={x} y={collide && i === 1 ? y + 24 : y - 13} textAnchor="middle" fill="var(--ink)" fontWeight={600} stroke="var(--surface)" strokeWidth={3} paintOrder="stroke">
        {text}
      </text>
    </g>
  ));
}
