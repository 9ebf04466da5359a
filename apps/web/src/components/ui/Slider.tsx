import type { CSSProperties } from 'react';

interface SliderProps {
  value: number;
  onChange: (value: number) => void;
  min: number;
  max: number;
  step?: number;
  label: string;
  /** What a value means, for who hears it. */
  valueText?: string;
}

/** The browser's own, in our looks (`.slider` in globals.css). */
export function Slider({ value, onChange, min, max, step = 1, label, valueText }: SliderProps) {
  return (
    <input
      type="range"
      aria-label={label}
      aria-valuetext={valueText}
      value={value}
      min={min}
      max={max}
      step={step}
      onChange={(event) => onChange(event.target.valueAsNumber)}
      className="slider"
      style={{ '--filled': max > min ? (value - min) / (max - min) : 0 } as CSSProperties}
    />
  );
}
