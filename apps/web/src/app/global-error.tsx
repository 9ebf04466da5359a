'use client';

/** The last resort, where not even the frame of the page could be made: no styles and no translations are sure to be there. */
export default function GlobalError({ reset }: { reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <h1>The dashboard could not be shown.</h1>
        <p>Try again; where that does not help, the log of the dashboard says why.</p>
        <button type="button" onClick={reset}>
          Try again
        </button>
      </body>
    </html>
  );
}
