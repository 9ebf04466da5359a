'use client';

import { useLocale } from 'next-intl';

export type Formats = ReturnType<typeof makeFormats>;

// Made once for a language: a formatter takes longer to make than a row of a table to draw.
const made = new Map<string, Formats>();

/** Numbers and moments in the person's language. */
export function useFormats(): Formats {
  const locale = useLocale();
  const formats = made.get(locale) ?? makeFormats(locale);
  made.set(locale, formats);
  return formats;
}

const units = ['day', 'hour', 'minute', 'second'] as const;
const secondsOf = { day: 86_400, hour: 3600, minute: 60, second: 1 } as const;

function makeFormats(locale: string) {
  const number = (options?: Intl.NumberFormatOptions): ((value: number) => string) => {
    const format = new Intl.NumberFormat(locale, options);
    return (value) => (Number.isFinite(value) ? format.format(value) : String(value).replace('Infinity', '∞'));
  };
  const unit = Object.fromEntries(units.map((one) => [one, number({ style: 'unit', unit: one, unitDisplay: 'narrow', maximumFractionDigits: 0 })])) as Record<(typeof units)[number], (value: number) => string>;
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
  const clock = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto', style: 'short' });
  const scientific = number({ notation: 'scientific', maximumFractionDigits: 2 });
  const plainRate = number({ maximumSignificantDigits: 4, maximumFractionDigits: 10 });
  const bytesIn = (['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const).map((one) => number({ style: 'unit', unit: one, unitDisplay: 'short', maximumSignificantDigits: 3 }));
  return {
    count: number({ maximumFractionDigits: 0 }),
    decimal: number({ maximumFractionDigits: 1 }),
    percent: number({ style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1 }),
    loss: number({ minimumFractionDigits: 3, maximumFractionDigits: 3 }),
    short: number({ notation: 'compact', maximumSignificantDigits: 3 }),
    significant: number({ maximumSignificantDigits: 3 }),
    /** A learning rate: 0.001, or 2.5E-5. */
    rate: (value: number) => (value !== 0 && Math.abs(value) < 1e-3 ? scientific(value).replace('E', 'e') : plainRate(value)),
    bytes: (value: number) => {
      const power = value < 1000 ? 0 : Math.min(Math.floor(Math.log10(value) / 3), bytesIn.length - 1);
      return bytesIn[power]?.(value / 1000 ** power) ?? '';
    },
    /** Seconds in the two largest units that they fill. */
    duration: (seconds: number) => {
      let left = Math.max(0, Math.round(seconds));
      const first = units.findIndex((one) => left >= secondsOf[one]);
      if (first < 0) return unit.second(0);
      const parts = units.slice(first, first + 2).map((one) => {
        const amount = Math.floor(left / secondsOf[one]);
        left -= amount * secondsOf[one];
        return { amount, text: unit[one](amount) };
      });
      return parts.filter(({ amount }, i) => i === 0 || amount > 0).map(({ text }) => text).join(' ');
    },
    moment: (iso: string) => moment.format(new Date(iso)),
    clock: (iso: string) => clock.format(new Date(iso)),
    /** How long ago, at the time `now` (milliseconds). */
    ago: (iso: string, now: number) => {
      const seconds = Math.min(0, (Date.parse(iso) - now) / 1000);
      const one = units.find((name) => -seconds >= secondsOf[name]) ?? 'second';
      return relative.format(Math.round(seconds / secondsOf[one]), one);
    },
  };
}
