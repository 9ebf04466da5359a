import { ChartNoAxesColumn, FlaskConical, Images, KeyRound, Server, ShieldCheck, type LucideIcon } from 'lucide-react';

interface Place {
  href: string;
  /** Of `navigation` in messages. */
  label: 'runs' | 'datasets' | 'workers' | 'usage' | 'account' | 'administration';
  icon: LucideIcon;
  /** Not shown to others; the API refuses them in any case. */
  administratorsOnly?: true;
}

/** What the sidebar leads to. A new page is added here. */
export const places: readonly Place[] = [
  { href: '/runs', label: 'runs', icon: FlaskConical },
  { href: '/datasets', label: 'datasets', icon: Images },
  { href: '/workers', label: 'workers', icon: Server },
  { href: '/usage', label: 'usage', icon: ChartNoAxesColumn },
  { href: '/account', label: 'account', icon: KeyRound },
  { href: '/administration', label: 'administration', icon: ShieldCheck, administratorsOnly: true },
];
