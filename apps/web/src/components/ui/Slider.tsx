import { Slider as Parts } from 'radix-ui';

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

export function Slider({ value, onChange, min, max, step = 1, label, valueText }: SliderProps) {
  return (
    <Parts.Root
      className="relative flex h-5 w-full touch-none items-center select-none"
      value={[value]}
      min={min}
      max={max}
      step={step}
      onValueChange={([next]) => next !== undefined && onChange(next)}
    >
      <Parts.Track className="relative h-1 grow rounded-full bg-active">
        <Parts.Range className="absolute h-full rounded-full bg-accent" />
      </Parts.Track>
      <Parts.Thumb aria-label={label} aria-valuetext={valueText} className="block size-4 rounded-full border border-line-strong bg-raised shadow-pop transition-transform hover:scale-110" />
    </Parts.Root>
  );
}
