'use client';

import type { ReactNode } from 'react';
import { Checkbox } from '../components/ui/Checkbox.tsx';
import { ChoiceField, OptionsField } from './ChoiceField.tsx';
import { useDraftField } from './DraftContext.tsx';
import type { FieldName } from './fieldName.ts';
import { NumberField, NumbersField } from './NumberField.tsx';
import type { FieldRow } from './recipeFields.ts';
import { RunField } from './RunField.tsx';
import { useFieldTexts } from './useFieldTexts.ts';

/** The fields of a table of rows, in the grid that they stand in. */
export function FieldRows({ rows }: { rows: readonly FieldRow[] }) {
  return rows.map((row) => <OneField key={row.name} row={row} />);
}

function OneField({ row }: { row: FieldRow }) {
  switch (row.kind) {
    case 'number':
      return <NumberField name={row.name} nullable={row.nullable ?? false} />;
    case 'numbers':
      return <NumbersField name={row.name} count={row.count} />;
    case 'check':
      return <CheckField name={row.name} />;
    case 'choice':
      return <ChoiceField name={row.name} options={row.options} none={row.none} />;
    case 'switch':
      return <SwitchField row={row} />;
    case 'union':
      return <UnionField row={row} />;
    case 'run':
      return <RunField name={row.name} />;
  }
}

function CheckField({ name }: { name: FieldName }) {
  const texts = useFieldTexts();
  const { value, set } = useDraftField(name);
  return (
    <Line>
      <Checkbox checked={value === true} onChange={set} />
      {texts.label(name)}
    </Line>
  );
}

const Line = ({ children }: { children: ReactNode }) => <label className="col-span-full flex w-fit items-center gap-2 text-sm">{children}</label>;

function SwitchField({ row: { name, path, on, rows } }: { row: Extract<FieldRow, { kind: 'switch' }> }) {
  const texts = useFieldTexts();
  const { value, set } = useDraftField(path);
  const isOn = value !== null && value !== undefined;
  return (
    <>
      <Line>
        <Checkbox checked={isOn} onChange={(next) => set(next ? structuredClone(on) : null)} />
        {texts.label(name)}
      </Line>
      {isOn && (
        <div className="col-span-full grid grid-cols-2 gap-4 border-l-2 border-line pl-4 sm:grid-cols-4">
          <FieldRows rows={rows} />
        </div>
      )}
    </>
  );
}

function UnionField({ row: { name, path, kindOf, kinds } }: { row: Extract<FieldRow, { kind: 'union' }> }) {
  const { value, error, set } = useDraftField(path);
  const chosen = kinds.find((kind) => kind.value === kindOf(value));
  const choose = (next: string): void => {
    if (next !== chosen?.value) set(structuredClone(kinds.find((kind) => kind.value === next)?.make()));
  };
  return (
    <>
      <OptionsField name={name} value={chosen?.value ?? ''} options={kinds} error={error} onChange={choose} />
      {chosen !== undefined && <FieldRows key={chosen.value} rows={chosen.rows} />}
    </>
  );
}
