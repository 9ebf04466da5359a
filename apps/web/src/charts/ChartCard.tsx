'use client';

import { Download } from 'lucide-react';
import { useTranslations } from 'next-intl';
import type { ComponentProps, ReactNode } from 'react';
import { Button } from '../components/ui/Button.tsx';
import { Card } from '../components/ui/Card.tsx';
import { Menu, MenuItem } from '../components/ui/Menu.tsx';
import { toast } from '../components/ui/toast.ts';
import { LineChart } from './LineChart.tsx';
import type { ChartFileType } from './saveChart.ts';

interface ChartCardProps extends Omit<ComponentProps<typeof LineChart>, 'label'> {
  title: string;
  /** Of the axis, in a table of its values. */
  nameOfX: string;
  /** Left of the menu. */
  actions?: ReactNode;
}

const types = ['png', 'svg', 'csv'] as const satisfies readonly ChartFileType[];

/** A chart under its title, with a menu that saves it as a file. */
export function ChartCard({ title, nameOfX, actions, ...chart }: ChartCardProps) {
  const t = useTranslations('charts');
  const save = async (type: ChartFileType): Promise<void> => {
    try {
      const { saveChart } = await import('./saveChart.ts');
      await saveChart({ ...chart, series: chart.series.filter(({ hidden = false }) => !hidden), title }, type, { x: nameOfX, raw: (label) => t('raw', { label }) });
    } catch {
      toast.error(t('notSaved'));
    }
  };
  return (
    <Card
      title={title}
      actions={
        <div className="flex flex-wrap items-center gap-2">
          {actions}
          <Menu
            trigger={
              <Button look="quiet" size="icon" aria-label={t('save', { title })}>
                <Download aria-hidden />
              </Button>
            }
          >
            {types.map((type) => (
              <MenuItem key={type} onSelect={() => void save(type)}>
                {t(`files.${type}`)}
              </MenuItem>
            ))}
          </Menu>
        </div>
      }
    >
      <LineChart {...chart} label={title} />
    </Card>
  );
}
