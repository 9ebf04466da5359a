import type { LineLook } from './lineLooks.ts';

/** The line of a run, as in the plot. */
export const Swatch = ({ look: { color, dashed } }: { look: LineLook }) => (
  <svg aria-hidden width="18" height="4" className="shrink-0">
    <line x1="0" x2="18" y1="2" y2="2" stroke={`var(${color})`} strokeWidth="3" strokeDasharray={dashed ? '5 3' : undefined} />
  </svg>
);
