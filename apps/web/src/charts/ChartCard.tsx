'use client';

import { useTranslations } from 'next-intl';
import type { ComponentProps, ReactNode } from 'react';
import { Card } from '../components/ui/Card.tsx';
import { FileMenu } from './FileMenu.tsx';
import { LineChart } from './LineChart.tsx';

interface ChartCardProps extends Omit<ComponentProps<typeof LineChart>, 'label'> {
  title: string;
  /** Of the axis, in a table of its values. */
  nameOfX: string;
  /** Left of the menu. */
  actions?: ReactNode;
}

/** A chart under its title, with a menu that saves it as a file. */
export function ChartCard({ title, nameOfX, actions, ...chart }: ChartCardProps) {
  const t = useTranslations('charts');
  return (
    <Card
      title={title}
      actions={
        <div className="flex flex-wrap items-center gap-2">
          {actions}
          <FileMenu
            title={title}
            onSave={async (type) => {
              const { saveChart } = await import('./saveChart.ts');
              await saveChart({ ...chart, series: chart.series.filter(({ hidden = false }) => !hidden), title }, type, { x: nameOfX, raw: (label) => t('raw', { label }) });
            }}
          />
        </div>
      }
    >
      <LineChart {...chart} label={title} />
    </Card>
  );
}
