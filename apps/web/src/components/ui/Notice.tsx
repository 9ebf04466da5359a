import { CircleAlert, CircleCheck, Info, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { classNames } from './classNames.ts';

const tones = {
  info: { icon: Info, classes: 'bg-accent-soft', mark: 'text-accent' },
  good: { icon: CircleCheck, classes: 'bg-good-soft', mark: 'text-good' },
  warn: { icon: TriangleAlert, classes: 'bg-warn-soft', mark: 'text-warn' },
  bad: { icon: CircleAlert, classes: 'bg-bad-soft', mark: 'text-bad' },
} as const;

interface NoticeProps {
  tone?: keyof typeof tones;
  title?: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
  /** Said aloud when it appears. */
  alert?: boolean;
}

/** A sentence that should be read, in its place on the page. */
export function Notice({ tone = 'info', title, children, action, alert = false }: NoticeProps) {
  const { icon: Icon, classes, mark } = tones[tone];
  return (
    <div role={alert ? 'alert' : undefined} className={classNames('flex items-start gap-2.5 rounded-lg px-3 py-2.5 text-sm', classes)}>
      <Icon className={classNames('mt-0.5 size-4 shrink-0', mark)} aria-hidden />
      <div className="min-w-0 flex-1">
        {title !== undefined && <p className="font-medium">{title}</p>}
        {children !== undefined && <div className="break-words whitespace-pre-line text-muted">{children}</div>}
      </div>
      {action}
    </div>
  );
}
