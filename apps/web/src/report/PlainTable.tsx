import { classNames } from '../components/ui/classNames.ts';

interface PlainTableProps {
  head: readonly string[];
  rows: readonly (readonly string[])[];
  /** All columns but the first are numbers. */
  numeric?: boolean;
}

/** A table for paper: its head comes again on each page, and no row is cut. */
export function PlainTable({ head, rows, numeric = false }: PlainTableProps) {
  const align = (column: number): string | false => numeric && column > 0 && 'text-right tabular-nums';
  return (
    <table className="w-full border-collapse text-xs">
      <thead>
        <tr>
          {head.map((name, i) => (
            <th key={name} scope="col" className={classNames('border-b border-line-strong py-1 pr-3 text-left font-medium text-muted', align(i))}>
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row[0]} className="break-inside-avoid">
            {row.map((text, i) => (
              <td key={i} className={classNames('border-b border-line py-1 pr-3 align-top wrap-anywhere', align(i))}>
                {text}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
