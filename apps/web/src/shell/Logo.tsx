/** A flake that melts from below. */
export function Logo({ className }: { className?: string }) {
  return (
    <svg viewBox="0 0 24 24" className={className} fill="none" strokeWidth="2" strokeLinecap="round" strokeLinejoin="round" aria-hidden>
      <path d="M12 2v9M7.5 4.5 12 8l4.5-3.5M3.5 8.5 12 13M3 13l4.8-2M5.5 5.8l1 5.2M20.5 8.5 12 13M21 13l-4.8-2M18.5 5.8l-1 5.2" stroke="var(--accent)" />
      <path d="M12 13v2.5M12 22a3 3 0 0 0 3-3c0-1.5-1.3-2.5-3-4.5-1.7 2-3 3-3 4.5a3 3 0 0 0 3 3Z" stroke="var(--thaw)" />
    </svg>
  );
}
