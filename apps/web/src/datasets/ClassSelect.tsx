'use client';

import type { ComponentProps } from 'react';
import { Select } from '../components/ui/Select.tsx';

type ClassSelectProps = Omit<ComponentProps<typeof Select<string>>, 'options'> & { classes: readonly string[] };

/** One of the classes of a version. */
export function ClassSelect({ classes, ...rest }: ClassSelectProps) {
  return <Select {...rest} options={classes.map((value) => ({ value, label: value }))} />;
}
