import { FlaskConical, Images, KeyRound, type LucideIcon } from 'lucide-react';

interface Place {
  href: string;
  /** Of `navigation` in messages. */
  label: 'runs' | 'datasets' | 'account';
  icon: LucideIcon;
}

/** What the sidebar leads to. A new page is added here. */
export const places: readonly Place[] = [
  { href: '/runs', label: 'runs', icon: FlaskConical },
  { href: '/datasets', label: 'datasets', icon: Images },
  { href: '/account', label: 'account', icon: KeyRound },
];
